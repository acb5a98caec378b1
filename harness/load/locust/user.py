"""The Locust user whose tasks are paced, routed and measured."""

from __future__ import annotations

from typing import Any, ClassVar

from locust.env import Environment
from locust.user.users import RestMixin

from harness.client.tls import TlsSettings
from harness.load.arrival import Arrival
from harness.load.http.session import Session
from harness.load.http.settings import MAX_REDIRECTS
from harness.load.locust.class_settings import client_settings
from harness.load.locust.paced import LOCUST_RULES, Paced, provide_generator

__all__ = ["GateUser", "provide_generator"]


class GateUser(Paced, RestMixin[Any]):
    """An ordinary Locust user: write tasks that call `self.client.get(...)` and friends.

    A task runs once per arrival of the plan's schedule; the user waits for its next arrival in between.
    """

    abstract = True
    default_headers: ClassVar[dict[str, str] | None] = None
    """Sent with every request of this user."""
    tls: ClassVar[TlsSettings | None] = None
    """How https targets are verified and what certificate is shown to them; None for the run's settings."""
    network_timeout: ClassVar[float | None] = None
    """Seconds from the send of a request to the last byte of its response; None for the plan's timeout."""
    connection_timeout: ClassVar[float | None] = None
    """Seconds for opening a connection; None for the plan's timeout."""
    max_redirects: ClassVar[int] = MAX_REDIRECTS
    fold_ids: ClassVar[bool] = False
    """True counts paths that differ in their ids alone as one endpoint: `/items/17` as `/items/[id]`."""
    insecure: ClassVar[bool | None] = None
    """True accepts any certificate; None for what `tls` or the run's settings say."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.client = Session(
            self._generator.client_context,
            self._generator.listeners,
            self.context,
            self._bound_to,
            client_settings(type(self)),
            LOCUST_RULES,
        )
        self.client.request_event = self.environment.events.request
        self.next_arrival()

    def get_ready(self) -> None:
        """Open the connection: in its first second the load would open all of them."""
        self.client.open_ahead()

    def next_arrival(self) -> Arrival:
        """Set and return a new arrival; requests under way still belong to the one before."""
        self.arrival = self.client.next_arrival()
        self.arrive = self.arrival.begin  # type: ignore[method-assign] # straight to it, on the hot path
        return self.arrival
