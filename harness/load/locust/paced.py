"""Makes a Locust user wait for arrivals, whichever client its tasks use."""

from __future__ import annotations

import gevent
from gevent import getcurrent
from locust import User
from locust.env import Environment
from locust.exception import StopTest, StopUser
from locust.user.task import LOCUST_STATE_RUNNING, LOCUST_STATE_STOPPING, LOCUST_STATE_WAITING

from harness.load.arrival import Arrival
from harness.load.generator import Generator
from harness.record.histograms.window import LiveWindow

_ACCEPTED_WITHIN_S = 30.0


class Paced(User):
    """A user whose tasks run once per arrival of the plan's schedule; it waits for its next one in between.

    A nested TaskSet may have a `wait_time`, which is then think time inside one arrival.
    """

    abstract = True
    arrival: Arrival
    """What the user is running; set by the subclass that knows how its requests are measured."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._generator = generator_of(environment)
        self._pacer = self._generator.pacer
        self._lane = self._pacer.lane(type(self))
        own_on_start = self.on_start

        def on_start() -> None:
            own_on_start()
            # Locust runs a task before its first wait, and sleeps after each: both would break the schedule.
            assert self._taskset_instance is not None
            self._taskset_instance.wait = self._wait  # type: ignore[method-assign] # this instance alone
            self._wait()

        self.on_start = on_start  # type: ignore[method-assign] # subclasses may have their own

    def arrive(self, due_s: float, variant: int, window: LiveWindow) -> None:
        """Begin the arrival it runs next."""
        self.arrival.begin(due_s, variant, window)

    def wait_time(self) -> float:
        """Wait for the next arrival, for task sets that ask their user how long to wait."""
        self._next_arrival()
        return 0.0

    def _wait(self) -> None:
        if self._state == LOCUST_STATE_STOPPING:
            raise StopUser
        self._state = LOCUST_STATE_WAITING
        self._next_arrival()
        if self._state == LOCUST_STATE_STOPPING:
            raise StopUser
        self._state = LOCUST_STATE_RUNNING

    def _next_arrival(self) -> None:
        self.arrival.end()
        self._pacer.wait_for_arrival(self, getcurrent().switch, self._lane)


def provide_generator(environment: Environment, generator: Generator | None) -> None:
    """Set the process's generator for its users; None says that it will come."""
    environment.generator = generator  # type: ignore[attr-defined] # shared by users and plug-in


def generator_of(environment: Environment) -> Generator:
    """Return the process's generator; a worker has one once its master has accepted it."""
    with gevent.Timeout(_ACCEPTED_WITHIN_S, StopTest("no master accepted this worker in time")):
        while getattr(environment, "generator", False) is None:
            gevent.sleep(0.05)
    generator = getattr(environment, "generator", None)
    if not isinstance(generator, Generator):
        raise StopTest("this user needs the gate: import harness.plugin in your locustfile")
    return generator
