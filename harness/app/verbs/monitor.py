"""`harness monitor`: watches a service without load and, if asked to, rolls back when a trigger fires."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.app.new_run import new_run
from harness.app.verbs.rollback import roll_back
from harness.client.access import accesses_of
from harness.client.http import async_clients_of
from harness.live.monitor.own_lateness import OwnLateness
from harness.live.monitor.session import MonitorSession, Show
from harness.plan.loader import PlanFile
from harness.plan.model import Plan, Probes
from harness.plan.variant import Variant
from harness.record.probes import HealthProbe, Probe
from harness.record.runs import RUNS_ROOT
from harness.rollout.event_log import EventLog
from harness.rollout.exit_code import ExitCode
from harness.rollout.probes.questions import ProbeTargets, questions_of

_LOCAL = "http://localhost:8080"


class NothingToMonitor(Exception):
    """A plan without probes."""


@dataclass(frozen=True)
class MonitorRequest:
    """What to watch and for how long: `url` is by default the plan's, `path` is requested in addition.

    `root` is where runs are kept.
    """

    read: PlanFile
    url: str | None
    path: str | None
    duration_s: float
    interval_s: float
    rolls_back: bool
    root: Path = RUNS_ROOT


@dataclass(frozen=True)
class MonitorResult:
    """What the monitor saw, in a few words, and what went wrong with the rollback."""

    code: ExitCode
    summary: str
    problems: tuple[str, ...] = ()


def monitor(request: MonitorRequest, show: Show, *, as_json: bool) -> MonitorResult:
    """Watch until the time is over or a trigger fires; raises NothingToMonitor."""
    plan = request.read.plan
    if plan.probes is None:
        raise NothingToMonitor(f"{request.read.file} has no `probes`, so there is nothing to watch")
    run = new_run(request.read, request.root / "monitor")
    session = MonitorSession(run, EventLog.resume(run), show, as_json=as_json)
    asyncio.run(_watch(session, request, plan, plan.probes))
    summary = f"{session.summary}; kept in {run.path}"
    if session.trigger is None or not request.rolls_back:
        return MonitorResult(_code(session), summary)
    problems = tuple(roll_back(run))
    return MonitorResult(ExitCode.FAIL if problems else ExitCode.ROLLED_BACK, summary, problems)


def _code(session: MonitorSession) -> ExitCode:
    if session.has_failed:
        return ExitCode.FAIL
    return ExitCode.INCONCLUSIVE if session.is_undecided else ExitCode.PASS


async def _watch(session: MonitorSession, request: MonitorRequest, plan: Plan, probes: Probes) -> None:
    t0_s = time.monotonic()

    def clock() -> float:
        return time.monotonic() - t0_s

    # What is watched counts as the canary, the version in question.
    url = (request.url or monitored_url(plan)).rstrip("/")
    urls = {str(Variant.CANARY): url}
    targets = ProbeTargets(urls, accesses=accesses_of(plan, urls))
    async with async_clients_of(targets.ways, probes.timeout_s) as clients:
        questions = questions_of(probes, targets, clock)
        if request.path is not None:
            path_probe = Probes(health=request.path, timeout_s=probes.timeout_s)
            questions += questions_of(path_probe, targets, clock)

        async def ask(at_s: float) -> Sequence[Probe]:
            async with OwnLateness(clock) as own:
                answers = await asyncio.gather(*(question(clients, at_s) for question in questions))
                late_s = round(own.late_s, 6)
            return [replace(one, late_s=late_s) if isinstance(one, HealthProbe) else one for one in answers]

        # The first round opens connections and loads what asking needs: its times are the monitor's own.
        await ask(clock())
        rounds = max(1, round(request.duration_s / request.interval_s))
        await session.watch(ask, request.interval_s, rounds, clock)


def monitored_url(plan: Plan) -> str:
    """Return the address to watch when none is given: the plan's canary, its router, or a local service."""
    targets = ProbeTargets.of(plan)
    if targets is None:
        return _LOCAL
    return targets.urls.get(Variant.CANARY) or targets.urls["ingress"]
