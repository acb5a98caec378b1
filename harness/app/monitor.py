"""`harness monitor`: a monitoring session and the questions its plan asks of a service."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import httpx

from harness.live.monitor.session import MonitorSession
from harness.plan.model import Direct, Embedded, Ingress, Plan, Probes
from harness.plan.variant import Variant
from harness.record.journal import Record
from harness.rollout.probes.questions import ProbeTargets, questions_of

_LOCAL = "http://localhost:8080"


async def monitor_service(
    session: MonitorSession,
    plan: Plan,
    probes: Probes,
    *,
    url: str | None,
    path: str | None,
    interval_s: float,
    rounds: int,
) -> None:
    """Ask the service at `url`, by default the one of the plan, what the probes ask, and for `path` if given.

    It counts as the canary, the version in question.
    """
    t0_s = time.monotonic()

    def clock() -> float:
        return time.monotonic() - t0_s

    targets = ProbeTargets({str(Variant.CANARY): (url or monitored_url(plan)).rstrip("/")})
    async with httpx.AsyncClient(timeout=probes.timeout_s, trust_env=False) as client:
        questions = questions_of(probes, targets, clock)
        if path is not None:
            questions += questions_of(Probes(health=path, timeout_s=probes.timeout_s), targets, clock)

        async def ask() -> Sequence[Record]:
            return await asyncio.gather(*(question(client) for question in questions))

        await session.watch(ask, interval_s, rounds, clock)


def monitored_url(plan: Plan) -> str:
    """Return the address to monitor when none is given."""
    match plan.targets:
        case Direct(canary=canary):
            return canary
        case Ingress(ingress=ingress):
            return ingress
        case Embedded():
            return _LOCAL
