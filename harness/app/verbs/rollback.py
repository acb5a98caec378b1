"""`harness rollback`: rolls back after a run that could not do it itself, from what its directory says."""

from __future__ import annotations

import time
from collections.abc import Callable

from harness.plan.router import is_started
from harness.record.run_directory import RunDirectory
from harness.rollout.event_log import EventLog
from harness.rollout.history import last_stage
from harness.rollout.probes.questions import ProbeTargets
from harness.rollout.release.release import Release
from harness.rollout.release.rollback_check import check_rollback
from harness.rollout.routers.choice import router_of


def roll_back(run: RunDirectory, epoch_clock: Callable[[], float] = time.time) -> list[str]:
    """Give all traffic back to the baseline and record it; return what went wrong."""
    plan, targets = run.plan, ProbeTargets.of(run.plan.targets)
    health = plan.probes.health if plan.probes is not None else None
    # What the run had started itself, a router or the embedded service, ended with it.
    router = router_of(plan.router) if plan.router is not None and not is_started(plan.router) else None
    release = Release(
        run,
        EventLog.resume(run, epoch_clock),
        router,
        lambda: check_rollback(targets, health) if targets is not None else None,
    )
    return release.roll_back(last_stage(run), "by hand")
