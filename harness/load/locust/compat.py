"""Paces, routes and judges users with clients of their own, through Locust's request event.

`class Shop(Gated, HttpUser)` (or `FastHttpUser`, or a user of another protocol) runs a task per arrival of
its variant; every request event its tasks fire is recorded as a request.
"""

from __future__ import annotations

import time
from typing import Any

from gevent import getcurrent
from locust.clients import HttpSession
from locust.contrib.fasthttp import FastResponse
from locust.env import Environment
from requests import Response

from harness.load.attribution import owner_named, owner_of_chain
from harness.load.blame import mistake_in
from harness.load.http.client_context import Origin
from harness.load.http.redirects import redirected_to
from harness.load.http.target import TargetError, origin_of
from harness.load.locust.paced import Paced, user_of
from harness.record.histograms.account import NOBODY, OWNERS
from harness.record.histograms.clocks import UNKNOWN_S, Timings
from harness.record.histograms.tallies import MAX_SIZE_BYTES

_ANSWERS = (Response, FastResponse)


class Gated(Paced):
    """Mixin for users with a client of their own; it comes first: `class Shop(Gated, HttpUser)`.

    `host` is the address of the user's variant from the start, so a client that is built in `__init__` sends
    its requests there, and its cookies and logins are those of this variant alone.
    """

    abstract = True

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        if isinstance(client := getattr(self, "client", None), HttpSession):
            # Else `HTTP_PROXY` of the environment would stand between the load and a variant.
            client.trust_env = False
        self._client_context = self._generator.client_context
        self.next_arrival()
        _listen(environment)

    def observe(self, event: dict[str, Any]) -> None:
        """Record a request from Locust's event for it."""
        arrival = self.arrival
        if arrival.window is None:
            return
        service_s = max(event.get("response_time") or 0.0, 0.0) / 1000
        ended_s = self._client_context.clock() - _age_s(event, service_s)
        sent_s = ended_s - service_s
        due_s = arrival.depart()
        if due_s is not None:
            sent_s = max(due_s, sent_s)
        # Locust's event does not tell when the first byte came.
        timings = Timings(sent_s if due_s is None else due_s, sent_s, UNKNOWN_S, ended_s)
        owner = self._owner(event)
        if self._client_context.variant_header is not None:
            arrival.variant = owner
        elif owner not in {arrival.variant, NOBODY}:
            what = f"a user of the {OWNERS[arrival.variant]} sent a request to the {OWNERS[owner]}"
            arrival.window.record_mistake(mistake_in(type(self), what))
        method, name, error = event.get("request_type"), event.get("name"), event.get("exception")
        status, size_bytes = _status_of(event.get("response")), _size_of(event.get("response_length"))
        if error is None and status is not None and not _is_good(status):
            arrival.accepted(owner, str(method), str(name), f"HTTP {status}" if status else "no response")
        if error is None and isinstance(response := event.get("response"), _ANSWERS):
            arrival.redirected(owner, str(method), str(name), redirected_to(response))
        is_declared = error is not None and status is not None and _is_good(status)
        arrival.returned(owner, f"{method} {name}", error, timings, size_bytes, is_declared=is_declared)

    def _owner(self, event: dict[str, Any]) -> int:
        """Return the variant that responded: by the router's header, or by the address it was sent to."""
        response, url = event.get("response"), event.get("url")
        if self._client_context.variant_header is not None:
            earlier = getattr(response, "history", None) or ()
            return owner_of_chain(self._owner_named(response), map(self._owner_named, earlier))
        if not isinstance(url, str) or "://" not in url:
            # Other protocols do not say; the client was built for the variant's own address.
            return self.arrival.variant
        reached = [
            number for number, target in enumerate(self._client_context.targets) if _is_of(url, target.origin)
        ]
        return reached[0] if len(reached) == 1 else NOBODY

    def _owner_named(self, response: Any) -> int:
        told = (getattr(response, "headers", None) or {}).get(self._client_context.variant_header)
        variants = len(self._client_context.targets)
        return NOBODY if told is None else owner_named([str(told).encode()], variants)


def _is_of(url: str, origin: Origin) -> bool:
    try:
        return origin_of(url) == origin
    except TargetError:
        return False


def _status_of(response: Any) -> int | None:
    """Return the status of the response that an event has, 0 where none came; None if it does not say."""
    status = getattr(response, "status_code", None)
    return status if isinstance(status, int) else None


def _is_good(status: int) -> bool:
    return 0 < status < 400


def _size_of(length: object) -> int | None:
    """Return the size of a response, None where its event has none that could be one."""
    return min(length, MAX_SIZE_BYTES) if isinstance(length, int) and length >= 0 else None


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
    user = user_of(getcurrent())
    if isinstance(user, Gated):
        user.observe(event)
