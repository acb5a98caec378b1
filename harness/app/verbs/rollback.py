"""`harness rollback`: rolls back after a run that could not do it itself, from what its directory says."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from harness.plan.client.proxy import is_untold
from harness.plan.loader import PlanError, parse_plan
from harness.plan.model import Plan
from harness.plan.router import is_started
from harness.plan.yaml.variables import REDACTED
from harness.process.end_signals import Ended, ending_by
from harness.record.evidence_source import EvidenceSource
from harness.record.run_directory import RunDirectory, RunError
from harness.rollout.event_log import EventLog
from harness.rollout.history import last_stage
from harness.rollout.probes.questions import ProbeTargets
from harness.rollout.release.release import Release
from harness.rollout.release.rollback_check import check_rollback
from harness.rollout.routers.choice import router_of
from harness.rollout.routers.router import SplitRouter

_NOBODY_ASKED: Final = (
    "the targets were not asked after the rollback, because the address of the proxy is not known here; "
    "set the variables of `proxy` again, and write a password there as a variable: `http://me:${PASSWORD}@…`"
)


def steps_of(run: RunDirectory) -> Iterator[str]:
    """Say what rolling back will run, change and disclose: a run directory may come from anybody."""
    plan = run.plan
    if names := run.overrides.secret_variables:
        targets = ", ".join(targets.urls.values()) if (targets := ProbeTargets.of(plan)) else "the targets"
        yield f"use {', '.join(names)} of the environment where requests to {targets} need them"
    if (router := _router(plan)) is not None:
        yield from router.steps()
    if plan.deploy is not None:
        yield f"run {shlex.join(plan.deploy.rollback.command)}"


def _router(plan: Plan) -> SplitRouter | None:
    """Return the router to set; what the run had started itself, the embedded service too, ended with it."""
    if plan.router is None or is_started(plan.router):
        return None
    return router_of(plan.router, plan.variants)


def _with_secrets(run: RunDirectory, environment: Mapping[str, str]) -> Plan:
    """Return the plan of a run, with the secrets that the environment still has."""
    own = {name: environment.get(name, REDACTED) for name in run.overrides.secret_variables}
    overrides = replace(run.overrides, variables={**(run.overrides.variables or {}), **own})
    try:
        return parse_plan(run.read_plan_text(), overrides=overrides)
    except (PlanError, RunError):
        return run.plan


def _check(plan: Plan, health_path: str | None) -> str | None:
    """Return what is wrong after the rollback, as far as somebody can be asked."""
    targets = ProbeTargets.of(plan)
    if targets is None or not targets.urls:
        return None
    if is_untold(plan.proxy):
        return _NOBODY_ASKED
    wrong = check_rollback(targets, health_path)
    untold = [name for name, value in plan.headers.items() if REDACTED in value.get_secret_value()]
    if wrong is None or not untold:
        return wrong
    return f"{wrong}; it was asked without {', '.join(untold)}, of which the run directory tells no value"


def roll_back(run: RunDirectory, epoch_clock: Callable[[], float] = time.time) -> list[str]:
    """Give all traffic back to the baseline and record it; return what went wrong.

    A signal is held back until then, and raises `Ended`.
    """
    if run.source is EvidenceSource.PAST_LOG:
        return ["this run is a backtest: it released nothing"]
    plan, known = run.plan, _with_secrets(run, os.environ)
    health = plan.probes.health if plan.probes is not None else None
    release = Release(
        run,
        EventLog.resume(run, epoch_clock),
        _router(plan),
        lambda: _check(known, health),
    )
    # Half a rollback is worse than none: a signal waits for its end.
    noted: list[int] = []
    with ending_by(noted.append):
        problems = release.roll_back(last_stage(run), "by hand")
    if noted:
        raise Ended(noted[0])
    return problems
