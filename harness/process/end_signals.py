"""The signals that ask a process to end: Ctrl-C, a scheduler, a closed terminal."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final, NoReturn

END_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP)


class Ended(KeyboardInterrupt):
    """A signal asked this process to end; `reason` is its name."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.reason = signal.Signals(number).name


def awaited_signals() -> list[signal.Signals]:
    """Return the signals to listen to: all but SIGHUP under `nohup`, whose sense it is to survive that."""
    is_ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return [number for number in END_SIGNALS if not (is_ignored and number is signal.SIGHUP)]


@contextmanager
def ending_by(act: Callable[[int], object]) -> Iterator[None]:
    """Call `act` for each of the signals inside the block, as process 1 of a container too."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, lambda number, _: act(number)) for number in awaited_signals()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def held_back() -> Iterator[None]:
    """Hold the signals back inside the block, also from a process started in it, until that calls `hear`.

    Else a signal that comes while Python starts ends it with a traceback, or before it can say anything.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, END_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def hear() -> None:
    """Take the signals that were held back for this process, which listens now."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, END_SIGNALS)


def ignore_at_exit() -> None:
    """From the end of this process's own code on, let no signal change its exit code, which is known then.

    Python would give the signals their default back, and taking the interpreter down lasts long enough to be
    killed by one.
    """
    # The list of `threading` comes before that of `atexit`, and is gone through when `sys.exit` was called.
    threading._register_atexit(_ignore_all)  # type: ignore[attr-defined] # typeshed leaves it out


def _ignore_all() -> None:
    for number in END_SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def raise_ended(number: int, _: FrameType | None = None) -> NoReturn:
    """Raise `Ended` where the process is: a verb then ends as with Ctrl-C."""
    raise Ended(number)
