"""The end of Locust's process has a deadline: by then the verdict is written, and nothing can be waited for.

`on_stop` of a user and listeners of `test_stopping`, `test_stop` and `quitting` may wait for something that
never comes.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

import gevent

from harness.load.locust.start_up import place_in
from harness.process.end_signals import awaited_signals, raise_ended

_LOG = logging.getLogger("harness")
SAME_SIGNAL_S = 1.0
"""Ctrl-C reaches a whole process group, and who started this process passes it on once more: one signal."""


def end_soon(runner: Any, end_process: Callable[[], object], within_s: float) -> None:
    """Give Locust's end this long, then call `end_process`; name the line that a user still waits at."""

    def give_up() -> None:
        _LOG.warning(
            "Locust has not ended %g s after the run%s; the process ends now", within_s, _where(runner)
        )
        end_process()

    gevent.spawn_later(within_s, give_up)


def end_worker_by_signal(
    end_process: Callable[[], object], clock: Callable[[], float] = time.monotonic
) -> None:
    """Have a signal end the main greenlet, and a later one the process: a user may hold Locust's end up."""
    signalled_s: float | None = None

    def on_signal(number: int) -> None:
        nonlocal signalled_s
        if signalled_s is None:
            signalled_s = clock()
            raise_ended(number)
        if clock() - signalled_s > SAME_SIGNAL_S:
            end_process()

    for number in awaited_signals():
        gevent.signal_handler(number, on_signal, number)


def _where(runner: Any) -> str:
    places = [place_in(greenlet.gr_frame) for greenlet in runner.user_greenlets]
    waiting = next(filter(None, places), None)
    return "" if waiting is None else f": a user waits{waiting}"
