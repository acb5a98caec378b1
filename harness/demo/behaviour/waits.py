"""Waits that are exact to half a millisecond at any load.

uvloop's own timers count whole milliseconds, and how they round depends on how busy the loop is: a sleep
ended 0.10 ms late at 100 requests a second and 0.38 ms early at 7,000. Two equal variants that carry 95 % and
5 % of the load would then look different. A Linux timerfd has no such grain.
"""

import asyncio
import ctypes
import os
from collections.abc import Callable
from contextlib import suppress
from heapq import heappop, heappush
from time import CLOCK_MONOTONIC, monotonic

# Wake-ups are shared on this grid: at most 1,000 a second however many requests wait. Times are rounded to
# the nearest point of it, so the mean of many waits does not shift. A grid half as wide took 9 µs more CPU
# per request.
GRID_S = 0.001
_ABSOLUTE = 1  # TFD_TIMER_ABSTIME


class _Timespec(ctypes.Structure):
    _fields_ = (("s", ctypes.c_long), ("ns", ctypes.c_long))


class _Itimerspec(ctypes.Structure):
    _fields_ = (("interval", _Timespec), ("value", _Timespec))


class Waits:
    """Makes calls at moments of the monotonic clock; one for each event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: dict[int, list[Callable[[], object]]] = {}
        self._ticks: list[int] = []
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._timer = self._libc.timerfd_create(CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC)
        if self._timer < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")
        loop.add_reader(self._timer, self._wake)

    def at(self, due_s: float, callback: Callable[[], object]) -> None:
        """Call `callback` at `due_s` of `time.monotonic()`."""
        tick = round(due_s / GRID_S)
        if waiting := self._waiting.get(tick):
            waiting.append(callback)
            return
        self._waiting[tick] = [callback]
        heappush(self._ticks, tick)
        if self._ticks[0] == tick:
            self._arm(tick)

    def close(self) -> None:
        """Stop waking and close the timer."""
        self._loop.remove_reader(self._timer)
        os.close(self._timer)

    def _arm(self, tick: int) -> None:
        s, ns = divmod(round(tick * GRID_S * 1e9), 1_000_000_000)
        # A value of zero would disarm the timer; a moment in the past fires at once.
        spec = _Itimerspec(value=_Timespec(max(s, 0), max(ns, 1)))
        self._libc.timerfd_settime(self._timer, _ABSOLUTE, ctypes.byref(spec), None)

    def _wake(self) -> None:
        # Arming it again after it fired, but before this ran, leaves nothing to read.
        with suppress(BlockingIOError):
            os.read(self._timer, 8)
        now = monotonic() / GRID_S
        while self._ticks and self._ticks[0] <= now:
            for callback in self._waiting.pop(heappop(self._ticks)):
                try:
                    callback()
                except Exception as error:  # the calls after it must still be made
                    self._loop.call_exception_handler({"message": "a timed call failed", "exception": error})
        if self._ticks:
            self._arm(self._ticks[0])
