"""What a machine can check before a release, and what people must sign."""

from __future__ import annotations

import asyncio
import resource
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx

from harness.app.golive import Item
from harness.app.judging import judge_directory
from harness.app.target_check import TargetDown, check_targets
from harness.judge.outcome import Outcome
from harness.plan.model import Command, Direct, Embedded, Ingress, Plan
from harness.record.run_directory import RunDirectory, RunError
from harness.rollout.command import release_environment, run_command
from harness.rollout.probes.questions import ProbeTargets, questions_of
from harness.rollout.routers.choice import router_of
from harness.rollout.routers.router import RouterError

SIGNATURES = (
    "security audit passed",
    "staging deployment successful",
    "backup and restore tested",
    "team trained",
    "executive approval",
)
"""The lines of the checklist only people can answer for."""
_MIN_DISK_BYTES = 1 << 30
_SPARE_FILES = 200
_CLOCK_OFF_S = 5.0
_EARLIEST_EPOCH_S = 1_700_000_000.0


def machine_items(plan: Plan, baseline_run: Path | None, root: Path) -> Iterator[Item]:
    """Check everything that can be checked, one item after the other."""
    yield _baseline_locked(baseline_run)
    yield _targets(plan)
    yield from _probes(plan)
    yield from _router(plan)
    yield from _commands(plan)
    yield _disk(root)
    yield _files(plan)
    yield _clock(plan)


def signed_items(signatures: Mapping[str, str], ask: Callable[[str], str]) -> Iterator[Item]:
    """Check the signatures; ``ask`` asks for a name that was not given, and returns nothing for nobody."""
    for what in SIGNATURES:
        name = signatures.get(what) or ask(what)
        yield Item(what, bool(name), f"signed by {name}" if name else f'add --sign "{what}=NAME"')


def _baseline_locked(baseline_run: Path | None) -> Item:
    what = "performance baseline locked"
    if baseline_run is None:
        return Item(what, False, "name the run that is the baseline: --baseline RUN")
    try:
        outcome = judge_directory(RunDirectory.open(baseline_run)).outcome
    except RunError as error:
        return Item(what, False, str(error))
    return Item(what, outcome is Outcome.PASS, f"{baseline_run} is {outcome}")


def asked_of(plan: Plan) -> ProbeTargets | None:
    """Return who can be asked before the run; None for a service the run starts itself."""
    match plan.targets:
        case Direct(baseline=baseline, canary=canary):
            return ProbeTargets({"baseline": baseline, "canary": canary})
        case Ingress(ingress=ingress, variant_header=header):
            return ProbeTargets({"ingress": ingress}, header)
        case Embedded():
            return None


def _targets(plan: Plan) -> Item:
    asked = asked_of(plan)
    if asked is None:
        return Item("targets answer", True, "the embedded service starts with the run")
    try:
        check_targets(asked.urls, plan.probes.health if plan.probes else None)
    except TargetDown as error:
        return Item("targets answer", False, str(error))
    return Item("targets answer", True, ", ".join(asked.urls.values()))


def _probes(plan: Plan) -> Iterator[Item]:
    asked = asked_of(plan)
    if plan.probes is None:
        yield Item("monitoring configured", False, "the plan has no `probes`")
        return
    yield Item("alerting configured", *_alerting(plan))
    if asked is None:
        return
    if variants := plan.probes.variants:
        asked = ProbeTargets(variants)
    questions = questions_of(plan.probes, asked, time.monotonic)

    async def ask_all() -> Sequence[Mapping[str, object]]:
        async with httpx.AsyncClient(trust_env=False) as client:
            return await asyncio.gather(*(question(client) for question in questions))

    for record in asyncio.run(ask_all()):
        about = record.get("variant") or record.get("name") or "prometheus"
        error = record["error"]
        yield Item(f"probe answers: {record['kind']} of {about}", error is None, str(error or "yes"))


def _alerting(plan: Plan) -> tuple[bool, str]:
    server = plan.probes.prometheus if plan.probes else None
    if server is not None and server.alerts is not None:
        return True, f"alerts of {server.url}"
    if any(levels.critical for levels in plan.levels.values()):
        return True, "critical levels of the plan"
    return False, "neither Prometheus alerts nor critical levels"


def _router(plan: Plan) -> Iterator[Item]:
    if plan.router is None or plan.router.starts:
        return
    try:
        said = router_of(plan.router).verify()
    except RouterError as error:
        yield Item("router answers", False, str(error))
        return
    yield Item("router answers", True, "cannot be asked" if said is None else f"canary has {float(said):.0%}")


def _commands(plan: Plan) -> Iterator[Item]:
    for stage in plan.stages:
        if stage.deploy is not None:
            yield _exists(f"deploy command of {stage.name}", stage.deploy)
    if plan.deploy is None:
        needed = any(stage.deploy is not None for stage in plan.stages)
        yield Item(
            "rollback plan ready", not needed, "no command needed" if not needed else "none in the plan"
        )
        return
    there = _exists("rollback plan ready", plan.deploy.rollback)
    if not there.met:
        yield there
        return
    environment = {**release_environment(plan.stages[0].name, plan.stages[0].weight), "HARNESS_DRY_RUN": "1"}
    ran = run_command(plan.deploy.rollback, environment)
    yield Item("rollback plan ready", ran.problem is None, ran.problem or f"dry run took {ran.took_s:.1f} s")


def _exists(what: str, command: Command) -> Item:
    program, *rest = command.command
    if shutil.which(program) is None:
        return Item(what, False, f"{program} is not there")
    script = rest[0] if rest and program in ("bash", "sh", "python", "python3") else None
    if script is not None and not script.startswith("-") and not Path(script).is_file():
        return Item(what, False, f"{script} is not there")
    return Item(what, True, " ".join(command.command))


def _disk(root: Path) -> Item:
    free = shutil.disk_usage(root if root.exists() else Path.cwd()).free
    return Item("disk suffices", free >= _MIN_DISK_BYTES, f"{free / 1e9:.1f} GB free, at least 1.1 GB")


def _files(plan: Plan) -> Item:
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    needed = 2 * plan.load.max_in_flight + _SPARE_FILES
    return Item("file limit suffices", limit >= needed, f"{limit} open files allowed, {needed} needed")


def _clock(plan: Plan) -> Item:
    now_s = time.time()
    asked = asked_of(plan)
    if now_s < _EARLIEST_EPOCH_S:
        return Item("clock sane", False, "the clock is years behind")
    if asked is None:
        return Item("clock sane", True, "nobody to compare it with")
    try:
        said = httpx.get(next(iter(asked.urls.values())), timeout=5, trust_env=False).headers["date"]
        off_s = abs(parsedate_to_datetime(said).timestamp() - now_s)
    except (httpx.HTTPError, KeyError, ValueError):
        return Item("clock sane", True, "the target tells no time to compare it with")
    return Item("clock sane", off_s <= _CLOCK_OFF_S, f"{off_s:.0f} s off the target's, at most 5 s")
