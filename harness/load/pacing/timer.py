"""A timer under gevent's hub that keeps microseconds.

libev rounds its timers up to the millisecond of `epoll_wait`; a Linux `timerfd` is a file descriptor
that becomes readable at the moment asked for, so the hub wakes on time.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from typing import Any, Protocol

_CLOCK_MONOTONIC = 1
_TFD_TIMER_ABSTIME = 1
_TFD_NONBLOCK_CLOEXEC = os.O_NONBLOCK | os.O_CLOEXEC


class Timer(Protocol):
    """Calls back once at an absolute time of `time.perf_counter`."""

    def arm(self, at_s: float) -> None:
        """Fire at this moment; replaces an earlier one."""

    def close(self) -> None:
        """Never fire again."""


class _Timespec(ctypes.Structure):
    _fields_ = (("tv_sec", ctypes.c_long), ("tv_nsec", ctypes.c_long))


class _Itimerspec(ctypes.Structure):
    _fields_ = (("it_interval", _Timespec), ("it_value", _Timespec))


class TimerFd:
    """A one-shot Linux timerfd watched by the hub's event loop.

    `time.perf_counter` and `CLOCK_MONOTONIC` are the same clock on Linux, so times are passed as they
    are. Raises OSError where the kernel has no timerfd.
    """

    def __init__(self, loop: Any, callback: Callable[[], None]) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._fd = libc.timerfd_create(_CLOCK_MONOTONIC, _TFD_NONBLOCK_CLOEXEC)
        if self._fd < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")
        self._settime = libc.timerfd_settime
        self._spec = _Itimerspec()
        self._reference = ctypes.byref(self._spec)
        self._watcher = loop.io(self._fd, 1)
        self._watcher.start(self._fire)
        self._callback = callback

    def arm(self, at_s: float) -> None:
        """Fire at `at_s`; a moment already past fires at once."""
        # A time of zero would disarm the timer.
        ns = max(int(at_s * 1e9), 1)
        value = self._spec.it_value
        value.tv_sec, value.tv_nsec = divmod(ns, 1_000_000_000)
        self._settime(self._fd, _TFD_TIMER_ABSTIME, self._reference, None)

    def _fire(self) -> None:
        # The callback may switch into greenlets that close the timer; arming again clears the descriptor.
        try:
            os.read(self._fd, 8)
        except BlockingIOError:
            return
        self._callback()

    def close(self) -> None:
        """Stop watching and free the descriptor."""
        self._watcher.stop()
        self._watcher.close()
        os.close(self._fd)


class LoopTimer:
    """The event loop's own timer, for systems without timerfd: late by up to a millisecond."""

    def __init__(self, loop: Any, callback: Callable[[], None], clock: Callable[[], float]) -> None:
        self._loop, self._callback, self._clock = loop, callback, clock
        self._watcher: Any = None

    def arm(self, at_s: float) -> None:
        """Fire at `at_s`, rounded up by the event loop."""
        self.close()
        # libev's idea of now is that of its last wake-up: without an update the delay would be too short.
        self._loop.update_now()
        self._watcher = self._loop.timer(max(at_s - self._clock(), 0.0))
        self._watcher.start(self._callback)

    def close(self) -> None:
        """Stop the timer."""
        if self._watcher is not None:
            self._watcher.stop()
            self._watcher.close()
            self._watcher = None


def precise_timer(loop: Any, callback: Callable[[], None], clock: Callable[[], float]) -> Timer:
    """Return the most precise timer this system has."""
    try:
        return TimerFd(loop, callback)
    except (OSError, AttributeError):
        return LoopTimer(loop, callback, clock)
