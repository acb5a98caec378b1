"""The users of a process on their way to their first arrival: `__init__`, then `on_start`.

Some log in there, which may fail, never end, or be slow. A few do so at a time, the load waits for all of
them, and whoever does not get ready is named: class, exception and line.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from traceback import walk_stack, walk_tb
from types import FrameType, TracebackType
from typing import Any, Final

import gevent
from gevent import GreenletExit, getcurrent
from gevent.event import Event
from gevent.lock import Semaphore
from locust.env import Environment

from harness.load.blame import own_line
from harness.load.readiness import READY, Readiness

AT_ONCE: Final = 16
"""So many users run `on_start` at the same time: all at once would be a storm of logins."""
WITHIN_S: Final = 30.0
"""A user that takes longer for one of its steps will not get ready."""
_LOOK_EVERY_S: Final = 0.05


@dataclass
class _Step:
    name: str
    greenlet: Any
    since_s: float


class StartUp:
    """Follows the users from their creation until all are ready; `clock` never runs backwards.

    `elsewhere` tells of the users of other processes, which a master waits for as well.
    """

    def __init__(
        self,
        clock: Any,
        within_s: float = WITHIN_S,
        elsewhere: Callable[[], Readiness] | None = None,
    ) -> None:
        self._clock = clock
        self._within_s = within_s
        self._elsewhere = elsewhere
        self._turns = Semaphore(AT_ONCE)
        self._steps: dict[int, _Step] = {}
        self._numbers = itertools.count()
        self._unready = 0
        self._is_all_spawned = False
        self._is_over = False
        self._failure: str | None = None

    def fail(self, reason: str) -> None:
        """Note that the load cannot begin, for a reason outside the users."""
        if not self._is_over:
            self._failure = self._failure or reason

    def all_spawned(self) -> None:
        """Note that no user will be added."""
        self._is_all_spawned = True

    @contextmanager
    def creation(self, cls: type) -> Iterator[None]:
        """Follow the `__init__` of a user."""
        with self._step(f"{cls.__name__}.__init__"):
            yield
        self._unready += 1

    @contextmanager
    def login(self, cls: type) -> Iterator[None]:
        """Follow the `on_start` of a user, when it is its turn."""
        try:
            with self._turns, self._step(f"{cls.__name__}.on_start"):
                yield
        finally:
            self._unready -= 1

    def wait(self) -> str | None:
        """Wait until every user is ready; return who is not, and why, or None."""
        while self._failure is None:
            others = READY if self._elsewhere is None else self._elsewhere()
            if self._is_all_spawned and not self._unready and others.is_ready:
                break
            self._failure = self._failure or others.problem
            self._look_for_the_late()
            gevent.sleep(_LOOK_EVERY_S)
        self._is_over = True
        return self._failure

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        number = next(self._numbers)
        self._steps[number] = _Step(name, getcurrent(), self._clock())
        try:
            yield
        except GreenletExit:
            raise
        except BaseException as error:
            if self._is_over:
                raise
            place = _place_of(error.__traceback__)
            self._failure = self._failure or f"{name} raised {type(error).__name__}: {error}{place}"
            # The run ends, and this user with it; raised again, it would end the spawning of the others.
            Event().wait()
        finally:
            del self._steps[number]

    def _look_for_the_late(self) -> None:
        for step in self._steps.values():
            if self._clock() - step.since_s > self._within_s:
                place = place_in(step.greenlet.gr_frame)
                self._failure = f"{step.name} has not ended after {self._within_s:g} s{place}"
                return


def start_up_of(environment: Environment) -> StartUp | None:
    """Return what follows the users of this process; None outside a run of the gate."""
    return getattr(environment, "start_up", None)


def _place_of(trace: TracebackType | None) -> str:
    return _last([(frame.f_code.co_filename, line) for frame, line in walk_tb(trace)])


def place_in(frame: FrameType | None) -> str:
    """Return ` (file:line)` of the user's own code that a greenlet is in, or nothing."""
    stack = [(each.f_code.co_filename, line) for each, line in walk_stack(frame)] if frame else []
    return _last(stack[::-1])


def _last(places: Sequence[tuple[str, int]]) -> str:
    """Return the innermost place in code of the user's own."""
    own = own_line(places)
    return "" if own is None else f" ({Path(own[0]).name}:{own[1]})"
