"""Paces, client_context and judges users with clients of their own, through Locust's request event.

`class Shop(Gated, HttpUser)` (or `FastHttpUser`, or a user of another protocol) runs a task per arrival
and sends it to the arrival's variant; every request event its tasks fire is recorded as a request.
"""

from __future__ import annotations

import time
from typing import Any

from gevent import getcurrent
from locust.env import Environment

from harness.load.arrival import Arrival
from harness.load.locust.paced import Paced, generator_of
from harness.record.histograms.clocks import UNKNOWN_S, Timings
from harness.record.histograms.window import LiveWindow

# How many spawns away from a user's own greenlet its requests may be fired.
_MAX_GENERATIONS = 8


class Gated(Paced):
    """Mixin for users with a client of their own; it comes first: `class Shop(Gated, HttpUser)`.

    `host`, and the client's `base_url` if it has one, are the address of the arrival's variant.
    """

    abstract = True

    def __init__(self, environment: Environment) -> None:
        # The user's own client is built in super().__init__ and needs the host.
        self._client_context = generator_of(environment).client_context
        self.host = self.variant_host(0)
        super().__init__(environment)
        self.arrival = Arrival(self._client_context.clock)
        _listen(environment)

    def variant_host(self, variant: int) -> str:
        """Return the address requests of a variant go to (0 is the baseline, 1 the canary)."""
        return self._client_context.targets[variant].url.rstrip("/")

    def arrive(self, due_s: float, variant: int, window: LiveWindow) -> None:
        """Begin the arrival and switch to its variant."""
        super().arrive(due_s, variant, window)
        self.host = self.variant_host(variant)
        client: Any = getattr(self, "client", None)
        if hasattr(client, "base_url"):
            client.base_url = self.host

    def observe(self, event: dict[str, Any]) -> None:
        """Record a request from Locust's event for it."""
        arrival = self.arrival
        if arrival.window is None:
            return
        service_s = max(event.get("response_time") or 0.0, 0.0) / 1000
        ended_s = self._client_context.clock() - _age_s(event, service_s)
        sent_s = ended_s - service_s
        due_s = sent_s if arrival.due_s is None else min(arrival.due_s, sent_s)
        # Locust's event does not tell when the first byte came.
        timings = Timings(due_s, sent_s, UNKNOWN_S, ended_s)
        arrival.began(timings)
        arrival.variant = self._observed(event.get("response"), arrival.variant)
        endpoint = f"{event.get('request_type')} {event.get('name')}"
        arrival.record(arrival.variant, endpoint, event.get("exception"), timings)

    def _observed(self, response: Any, planned: int) -> int:
        """Return the variant that responded, from the router's header."""
        headers = getattr(response, "headers", None)
        if self._client_context.variant_header is None or headers is None:
            return planned
        told = headers.get(self._client_context.variant_header)
        return planned if told is None else int(str(told).strip().lower() == "canary")


def _age_s(event: dict[str, Any], service_s: float) -> float:
    """Return how long ago a request ended: a task may look at its response before the event is fired."""
    started = event.get("start_time")
    return max(time.time() - started - service_s, 0.0) if started is not None else 0.0


def _listen(environment: Environment) -> None:
    """Listen to the request events of an environment, once."""
    if not getattr(environment, "gated_requests_observed", False):
        environment.gated_requests_observed = True  # type: ignore[attr-defined] # a mark of our own
        environment.events.request.add_listener(_on_request)  # type: ignore[no-untyped-call] # Locust's


def _on_request(**event: Any) -> None:
    user = _user_of(getcurrent())
    if user is not None:
        user.observe(event)


def _user_of(greenlet: Any) -> Gated | None:
    """Return the user whose greenlet this is, or descends from."""
    for _ in range(_MAX_GENERATIONS):
        # Locust starts a user's greenlet with the user as its argument.
        user = next(iter(getattr(greenlet, "args", None) or ()), None)
        if isinstance(user, Gated):
            return user
        spawner = getattr(greenlet, "spawning_greenlet", None)
        greenlet = spawner() if spawner is not None else None
    return None
