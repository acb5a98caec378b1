"""Reads sockets and makes the calls that are due, together, once a millisecond.

Waking a process costs more than a request does. One that is woken by each request and for each response is
awake 14,000 times a second at 7,000 requests; in turns it is 1,000 times, and wakes its clients as seldom.

Turns come at whole milliseconds of a Linux timerfd. An event loop's own timers would not do: they count whole
milliseconds from a moment of their own, and how they round depends on the load, so that the busier of two
equal variants looked half a millisecond faster.
"""

import asyncio
import ctypes
import os
import select
from collections.abc import Callable
from contextlib import suppress
from time import CLOCK_MONOTONIC, monotonic

GRID_S = 0.001
_GRID_NS = 1_000_000
# After so many turns without anything to do the next request wakes the process by itself.
_IDLE_TURNS = 50
_ABSOLUTE = 1  # TFD_TIMER_ABSTIME

OnReady = Callable[[int], object]
"""Called with the events of `select.epoll` that a socket is ready for."""


class _Timespec(ctypes.Structure):
    _fields_ = (("s", ctypes.c_long), ("ns", ctypes.c_long))


class _Itimerspec(ctypes.Structure):
    _fields_ = (("interval", _Timespec), ("value", _Timespec))


class Turns:
    """The turns of one event loop.

    `came_s` is when the bytes that a socket is ready with came, in the time of `time.monotonic`: halfway
    between two turns, which is right on average whatever the load.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._sockets = select.epoll()
        self._on_ready: dict[int, OnReady] = {}
        self._waiting: dict[int, list[Callable[[], object]]] = {}
        self._last = 0
        self._idle_turns = 0
        self._is_ticking = False
        self._looked_s = 0.0
        self.came_s = monotonic()
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._timer = self._libc.timerfd_create(CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC)
        if self._timer < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")
        loop.add_reader(self._timer, self._turn)
        loop.add_reader(self._sockets, self._rouse)

    def watch(self, descriptor: int, on_ready: OnReady) -> None:
        """Call `on_ready` in each turn in which there is something to read."""
        self._on_ready[descriptor] = on_ready
        self._sockets.register(descriptor, select.EPOLLIN)

    def change(self, descriptor: int, events: int) -> None:
        """Wait for other events; errors and the end of both directions are always among them."""
        self._sockets.modify(descriptor, events)

    def forget(self, descriptor: int) -> None:
        """Watch it no more; to be called before it is closed."""
        self._sockets.unregister(descriptor)
        del self._on_ready[descriptor]

    def at(self, due_s: float, callback: Callable[[], object]) -> None:
        """Call `callback` in the turn that is nearest to `due_s` of `time.monotonic()`."""
        if not self._is_ticking:
            self._tick(monotonic())
        tick = max(round(due_s / GRID_S), self._last + 1)
        waiting = self._waiting.get(tick)
        if waiting is None:
            self._waiting[tick] = [callback]
        else:
            waiting.append(callback)

    def close(self) -> None:
        """Stop; nothing is called any more."""
        self._loop.remove_reader(self._timer)
        self._loop.remove_reader(self._sockets)
        os.close(self._timer)
        self._sockets.close()

    def _tick(self, now_s: float) -> None:
        """Take a turn at every point of the grid from now on."""
        self._loop.remove_reader(self._sockets)
        self._is_ticking = True
        self._idle_turns = 0
        self._last = int(now_s / GRID_S)
        self._looked_s = now_s
        self._set_timer(self._last + 1, _GRID_NS)

    def _rest(self) -> None:
        """Wait for a socket."""
        self._is_ticking = False
        self._set_timer(0, 0)
        self._loop.add_reader(self._sockets, self._rouse)

    def _set_timer(self, tick: int, interval_ns: int) -> None:
        s, ns = divmod(tick * _GRID_NS, 1_000_000_000)
        spec = _Itimerspec(interval=_Timespec(0, interval_ns), value=_Timespec(s, ns))
        self._libc.timerfd_settime(self._timer, _ABSOLUTE, ctypes.byref(spec), None)

    def _rouse(self) -> None:
        if not self._is_ticking:
            self._tick(monotonic())
            self._look()

    def _turn(self) -> None:
        # The timer may have been stopped after it fired, but before this ran.
        with suppress(BlockingIOError):
            os.read(self._timer, 8)
        if not self._is_ticking:
            return
        first, self._last = self._last + 1, int(monotonic() / GRID_S)
        for tick in range(first, self._last + 1):
            for callback in self._waiting.pop(tick, ()):
                try:
                    callback()
                except Exception as error:  # the calls after it must still be made
                    self._report(error)
        self._look()

    def _look(self) -> None:
        """Let every socket that is ready go on."""
        now_s = monotonic()
        self.came_s, self._looked_s = (self._looked_s + now_s) / 2, now_s
        ready = self._sockets.poll(0)
        for descriptor, events in ready:
            # One of the calls before may have ended this one's.
            if on_ready := self._on_ready.get(descriptor):
                try:
                    on_ready(events)
                except Exception as error:
                    self._report(error)
        if ready or self._waiting:
            self._idle_turns = 0
            return
        self._idle_turns += 1
        if self._idle_turns == _IDLE_TURNS:
            self._rest()

    def _report(self, error: Exception) -> None:
        self._loop.call_exception_handler({"message": "a callback failed", "exception": error})
