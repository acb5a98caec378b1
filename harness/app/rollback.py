"""The way back by hand, after a run that could not take it itself: from what its directory says."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from harness.plan.model import Direct, Embedded, Ingress, Plan
from harness.record.run_directory import RunDirectory
from harness.rollout.probes.questions import ProbeTargets
from harness.rollout.release import Release
from harness.rollout.rollback_check import check_back
from harness.rollout.routers.choice import router_of


def roll_back(run: RunDirectory, epoch_clock: Callable[[], float] = time.time) -> list[str]:
    """Give all traffic back to the baseline and write it down; return what went wrong."""
    plan = run.plan

    def tell(event: str, **fields: Any) -> None:
        t_s = round(epoch_clock() - run.run["epoch_s"], 3)
        run.append_event({"t_s": t_s, "event": event, "by": "hand", **fields})

    mend_last_line(run)
    # A router the run had started itself ended with it.
    router = router_of(plan.router) if plan.router is not None and not plan.router.starts else None
    stage = last_stage(run)
    problems = Release(plan, router, tell, lambda: _check(plan)).roll_back(stage)
    if problems:
        tell("rollback_failed", stage=stage, problems=problems)
    else:
        tell("rolled_back", stage=stage, reason="by hand")
    return problems


def last_stage(run: RunDirectory) -> str:
    """Return the stage whose weight was set last, the first one when none was."""
    weights = [event["stage"] for event in run.events().records if event["event"] == "weight_set"]
    return str(weights[-1]) if weights else run.plan.stages[0].name


def mend_last_line(run: RunDirectory) -> None:
    """End a half-written last line, which a kill may leave, so that the next event is a line of its own."""
    path = run.path / "events.jsonl"
    if path.exists() and (text := path.read_bytes()) and not text.endswith(b"\n"):
        with path.open("ab") as file:
            file.write(b"\n")


def _check(plan: Plan) -> str | None:
    health = plan.probes.health if plan.probes is not None else None
    match plan.targets:
        case Ingress(ingress=ingress, variant_header=header):
            return check_back(ProbeTargets({"ingress": ingress}, header), health)
        case Direct(baseline=baseline):
            return check_back(ProbeTargets({"baseline": baseline}), health)
        case Embedded():
            return None  # it ended with its run, so nobody is served
