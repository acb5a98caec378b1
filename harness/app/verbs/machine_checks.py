"""What a machine can check before a release: the targets, the monitoring, the commands, this host."""

from __future__ import annotations

import asyncio
import resource
import shutil
import time
from collections.abc import Iterator, Sequence
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx

from harness.app.target_check import TargetCheckError, check_targets
from harness.app.verbs.checklist import ChecklistItem
from harness.client.http import async_clients_of, client_of
from harness.client.tls import TlsError
from harness.plan.model import Command, Plan, Probes, Stage
from harness.plan.router import is_started
from harness.plan.variant import Shares, Variant
from harness.record.probes import (
    AlertsProbe,
    GeneratorProbe,
    HealthProbe,
    MetricsProbe,
    Probe,
    QueryProbe,
    UnreachedProbe,
)
from harness.rollout.command import release_environment, run_command
from harness.rollout.probes.questions import ProbeTargets, questions_of
from harness.rollout.routers.choice import router_of
from harness.rollout.routers.router import RouterError

_MIN_DISK_BYTES = 1 << 30
_SPARE_FILES = 200
_MAX_CLOCK_OFF_S = 5.0
_CLOCK_TIMEOUT_S = 5.0
_MIN_EPOCH_S = 1_700_000_000.0


def of_plan(plan: Plan, root: Path) -> Iterator[ChecklistItem]:
    """Check everything that can be checked, one item after the other; runs will be kept in `root`."""
    targets = ProbeTargets.of(plan)
    yield _targets(plan, targets)
    yield from _monitoring(plan)
    yield from _router(plan)
    yield from _deploy_commands(plan)
    yield _rollback_command(plan)
    yield _disk(root)
    yield _files(plan)
    yield _clock(targets)


def _targets(plan: Plan, targets: ProbeTargets | None) -> ChecklistItem:
    what = "targets answer"
    if targets is None:
        return ChecklistItem(what, None, "not checked: the embedded service starts with the run")
    if not targets.urls:
        return ChecklistItem(what, None, "not checked: the plan names none; it watches traffic")
    try:
        check_targets(targets, plan.probes.health if plan.probes else None)
    except TargetCheckError as error:
        return ChecklistItem(what, False, str(error))
    return ChecklistItem(what, True, ", ".join(targets.urls.values()))


def _monitoring(plan: Plan) -> Iterator[ChecklistItem]:
    if plan.probes is None:
        yield ChecklistItem("monitoring configured", False, "the plan has no `probes`")
        return
    yield _alerting(plan, plan.probes)
    if (probed := ProbeTargets.probed(plan)) is not None:
        yield from _probes(plan.probes, probed)


def _alerting(plan: Plan, probes: Probes) -> ChecklistItem:
    what, server = "alerting configured", probes.prometheus
    if server is not None and server.alerts is not None:
        return ChecklistItem(what, True, f"alerts of {server.url}")
    if any(levels.critical for levels in plan.levels.values()):
        return ChecklistItem(what, True, "critical levels of the plan")
    return ChecklistItem(what, False, "the plan has neither Prometheus alerts nor critical levels")


def _probes(probes: Probes, targets: ProbeTargets) -> Iterator[ChecklistItem]:
    questions = questions_of(probes, targets, time.monotonic)

    async def ask_all() -> Sequence[Probe]:
        async with async_clients_of(targets.ways, probes.timeout_s) as clients:
            return await asyncio.gather(*(question(clients, 0.0) for question in questions))

    try:
        probes_now = asyncio.run(ask_all())
    except TlsError as error:
        yield ChecklistItem("probes answer", False, str(error))
        return
    yield from map(_answered, probes_now)


def _answered(probe: Probe) -> ChecklistItem:
    match probe:
        case (
            HealthProbe(variant=about)
            | UnreachedProbe(variant=about)
            | MetricsProbe(variant=about)
            | QueryProbe(name=about)
        ):
            error = probe.error
        case AlertsProbe(error=error):
            about = "prometheus"
        case GeneratorProbe():
            raise AssertionError("no server is asked about the load generator")
    return ChecklistItem(f"probe answers: {probe.kind} of {about}", error is None, error or "yes")


def _router(plan: Plan) -> Iterator[ChecklistItem]:
    if plan.router is None or is_started(plan.router):
        return
    try:
        shares = router_of(plan.router, plan.variants).verify()
    except RouterError as error:
        yield ChecklistItem("router answers", False, str(error))
        return
    if shares is None:
        yield ChecklistItem("router answers", None, "not checked: it does not report its weight")
    else:
        yield ChecklistItem("router answers", True, f"canary has {float(shares.get(Variant.CANARY, 0)):.0%}")


def _deploy_commands(plan: Plan) -> Iterator[ChecklistItem]:
    for stage in plan.stages:
        if stage.deploy is not None:
            yield _exists(f"deploy command of {stage.name}", stage.deploy)


def _rollback_command(plan: Plan) -> ChecklistItem:
    what = "rollback plan ready"
    if plan.deploy is None:
        needed = any(stage.deploy is not None for stage in plan.stages)
        return ChecklistItem(what, not needed, "none in the plan" if needed else "no command needed")
    there = _exists(what, plan.deploy.rollback)
    if not there.met:
        return there
    stage = plan.stages[0]
    return _dry_run(what, plan.deploy.rollback, stage, plan.shares_of(stage))


def _dry_run(what: str, command: Command, stage: Stage, shares: Shares) -> ChecklistItem:
    environment = {**release_environment(stage.name, shares), "HARNESS_DRY_RUN": "1"}
    ran = run_command(command, environment)
    return ChecklistItem(what, ran.problem is None, ran.problem or f"dry run took {ran.took_s:.1f} s")


def _exists(what: str, command: Command) -> ChecklistItem:
    program, *rest = command.command
    if shutil.which(program) is None:
        return ChecklistItem(what, False, f"{program} does not exist or cannot be executed")
    script = rest[0] if rest and program in ("bash", "sh", "python", "python3") else None
    if script is not None and not script.startswith("-") and not Path(script).is_file():
        return ChecklistItem(what, False, f"{script} does not exist")
    return ChecklistItem(what, True, " ".join(command.command))


def _disk(root: Path) -> ChecklistItem:
    free = shutil.disk_usage(root if root.exists() else Path.cwd()).free
    reason = f"{free / 1e9:.1f} GB free, at least 1.1 GB needed"
    return ChecklistItem("disk suffices", free >= _MIN_DISK_BYTES, reason)


def _files(plan: Plan) -> ChecklistItem:
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    needed = len(plan.variants) * (plan.load.max_in_flight if plan.load else 0) + _SPARE_FILES
    reason = f"{limit} open files allowed, {needed} needed"
    return ChecklistItem("file limit suffices", limit >= needed, reason)


def _clock(targets: ProbeTargets | None) -> ChecklistItem:
    what, now_s = "clock is right", time.time()
    if now_s < _MIN_EPOCH_S:
        return ChecklistItem(what, False, "the clock is years behind")
    if targets is None:
        return ChecklistItem(what, None, "not checked: the embedded service has no clock of its own")
    if not targets.urls:
        return ChecklistItem(what, None, "not checked: there is no target to compare it with")
    try:
        name, url = next(iter(targets.urls.items()))
        with client_of(targets.access_to(name), _CLOCK_TIMEOUT_S) as client:
            date = client.get(url).headers["date"]
        off_s = abs(parsedate_to_datetime(date).timestamp() - now_s)
    except (httpx.HTTPError, KeyError, ValueError):
        return ChecklistItem(what, None, "not checked: the target sends no time to compare it with")
    reason = f"{off_s:.0f} s off the target's, at most {_MAX_CLOCK_OFF_S:.0f} s allowed"
    return ChecklistItem(what, off_s <= _MAX_CLOCK_OFF_S, reason)
