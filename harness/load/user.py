"""The Locust user whose tasks are paced, routed and measured."""

from __future__ import annotations

from typing import Any, ClassVar

from gevent import getcurrent
from locust import User
from locust.env import Environment
from locust.exception import StopTest, StopUser
from locust.user.task import LOCUST_STATE_RUNNING, LOCUST_STATE_STOPPING, LOCUST_STATE_WAITING
from locust.user.users import RestMixin

from harness.load.generator import Generator
from harness.load.session import Session


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
        generator = getattr(environment, "generator", None)
        if not isinstance(generator, Generator):
            raise StopTest("GateUser needs the gate: import harness.plugin in your locustfile")
        self._generator = generator
        self.client = Session(
            generator.routes, environment.events.request.fire, self.context, self.default_headers
        )
        self.arrive = self.client.arrive
        own_on_start = self.on_start

        def on_start() -> None:
            own_on_start()
            # Locust runs a task before its first wait, and sleeps after each: both would break the schedule.
            self._taskset_instance.wait = self._wait
            self._wait()

        self.on_start = on_start

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
