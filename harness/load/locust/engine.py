"""Builds a generator on this process's event loop."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

import gevent
from gevent import get_hub
from locust.env import Environment

from harness.client.access import Access
from harness.load.generator import Generator, WorkerShare
from harness.load.http.session import ClientContext
from harness.load.http.target import Target
from harness.load.locust.other_clients import watch_other_clients
from harness.load.locust.request_events import RequestEvents
from harness.load.pacing.pacer import Pacer
from harness.load.pacing.timer import precise_timer
from harness.plan.model import Plan
from harness.record.sources.recorded_requests import RecordedRequests

# How often names are resolved again: services that move give their names a time to live of about this.
_RESOLVE_EVERY_S = 30.0
# Where connections fail, the service may have moved: its old address would look like a service that is down.
_RESOLVE_AT_MOST_EVERY_S = 1.0
# How often expired requests are looked for: no timeout is later than this.
_EXPIRE_EVERY_S = 0.02


@dataclass(frozen=True)
class Destination:
    """Where the load goes: one URL per variant, or a router's and the header that tells its variants."""

    urls: Mapping[str, str]
    variant_header: str | None = None


def build_generator(
    plan: Plan,
    destination: Destination,
    user_classes: Sequence[type],
    environment: Environment,
    recorded: RecordedRequests | None = None,
) -> Generator:
    """Return this process's generator, its timers running; raises TargetError.

    `recorded` are the requests of a plan that replays a log.
    """
    accesses = {name: Access.to_target(plan, name) for name in destination.urls}
    targets = [Target.of(url, accesses[name]) for name, url in destination.urls.items()]
    if destination.variant_header is not None:
        # Behind a router all variants have the same address.
        targets *= len(plan.variants)
    client_context = ClientContext(
        targets,
        plan.sent.timeout_s,
        time.perf_counter,
        destination.variant_header,
        plan.allow_hosts,
        Access.to_target(plan, "others"),
    )
    hub = get_hub()
    sweep = hub.loop.timer(_EXPIRE_EVERY_S, _EXPIRE_EVERY_S)
    sweep.start(lambda: client_context.expire(time.perf_counter()))
    gevent.spawn(_resolve_for_ever, client_context)
    pacer = Pacer(
        lambda callback: precise_timer(hub.loop, callback, time.perf_counter),
        time.perf_counter,
        hub.switch,
        hub.loop.run_callback,
        lambda: gevent.sleep(0),
    )
    events = RequestEvents(environment)
    generator = Generator(plan, client_context, pacer, user_classes, WorkerShare(), events, recorded)
    watch_other_clients(generator)
    return generator


def _resolve_for_ever(client_context: ClientContext) -> NoReturn:
    while True:
        gevent.sleep(_RESOLVE_AT_MOST_EVERY_S)
        client_context.doubts.wait(_RESOLVE_EVERY_S - _RESOLVE_AT_MOST_EVERY_S)
        client_context.doubts.clear()
        client_context.resolve_again()
