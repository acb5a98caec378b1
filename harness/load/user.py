"""The Locust user whose tasks are paced, routed and measured."""

from __future__ import annotations

from typing import Any, ClassVar

import gevent
from gevent import getcurrent
from locust import User
from locust.env import Environment
from locust.exception import StopTest, StopUser
from locust.user.task import LOCUST_STATE_RUNNING, LOCUST_STATE_STOPPING, LOCUST_STATE_WAITING
from locust.user.users import RestMixin

from harness.load.generator import Generator
from harness.load.session import Session

_WELCOME_WITHIN_S = 30.0


class GateUser(User, RestMixin[Any]):
    """An ordinary Locust user: write tasks that call ``self.client.get(...)`` and friends.

    A task runs once per arrival of the plan's schedule; the user waits for its next arrival in between. A
    nested TaskSet may have a ``wait_time``, which is then think time inside one arrival.
    """

    abstract = True
    default_headers: ClassVar[dict[str, str] | None] = None
    """Sent with every request of this user."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._generator = generator = _generator_of(environment)
        self.client = Session(
            generator.routes, environment.events.request.fire, self.context, self.default_headers
        )
        self.arrive = self.client.arrive
        own_on_start = self.on_start

        def on_start() -> None:
            own_on_start()
            # Locust runs a task before its first wait, and sleeps after each: both would break the schedule.
            assert self._taskset_instance is not None
            self._taskset_instance.wait = self._wait  # type: ignore[method-assign] # this instance alone
            self._wait()

        self.on_start = on_start  # type: ignore[method-assign] # subclasses may have their own

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
        self.client.end_arrival()
        self._generator.pacer.wait_for_arrival(self, getcurrent().switch)


def provide_generator(environment: Environment, generator: Generator | None) -> None:
    """Put the process's generator where its users find it; None says that it will come."""
    environment.generator = generator  # type: ignore[attr-defined] # the one thing users and plug-in share


def _generator_of(environment: Environment) -> Generator:
    """Return the process's generator; a worker's exists once its master has taken it on."""
    with gevent.Timeout(_WELCOME_WITHIN_S, StopTest("no master took this worker on in time")):
        while getattr(environment, "generator", False) is None:
            gevent.sleep(0.05)
    generator = getattr(environment, "generator", None)
    if not isinstance(generator, Generator):
        raise StopTest("GateUser needs the gate: import harness.plugin in your locustfile")
    return generator
