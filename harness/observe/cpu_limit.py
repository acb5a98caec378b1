"""A limit to the CPU time of a plan's regular expressions, at lines and values that strangers chose."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Final

MAX_MATCH_S: Final = 0.02
"""CPU time for one line or value: ten thousand times what matching takes where nothing is tried twice."""


class TookTooLong(ValueError):
    """An expression was still trying when its time was over."""


class CpuLimit:
    """Raises TookTooLong in its block when the process has used so many seconds of CPU time in it.

    A match of `re` looks for signals as it goes, so that it can be ended from outside; nothing but matching
    belongs into the block, since the exception may come at any place. Signals reach the main thread alone:
    in another one the limit does nothing.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._is_main = threading.current_thread() is threading.main_thread()
        self._is_armed = False

    def __enter__(self) -> None:
        """Begin."""
        if self._is_main:
            self._is_armed = True
            self._before = signal.signal(signal.SIGVTALRM, self._end)
            signal.setitimer(signal.ITIMER_VIRTUAL, self._seconds)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End, before or after the time was over."""
        # First of all: a signal that is already on its way must not raise after the block.
        self._is_armed = False
        if self._is_main:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)
            signal.signal(signal.SIGVTALRM, self._before)

    def _end(self, number: int, frame: FrameType | None) -> None:
        if self._is_armed:
            self._is_armed = False
            raise TookTooLong("a regular expression takes too long")


def limited(match: Callable[[str], object]) -> Callable[[str], object]:
    """Return a way of matching that raises TookTooLong after MAX_MATCH_S."""

    def found(text: str) -> object:
        with CpuLimit(MAX_MATCH_S):
            return match(text)

    return found
