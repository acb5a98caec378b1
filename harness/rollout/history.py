"""What the events of a run say about its rollback."""

from __future__ import annotations

from harness.plan.model import Stage
from harness.plan.variant import Variant
from harness.record.run_directory import RunDirectory


def first_bad_s(run: RunDirectory, stage: Stage) -> float | None:
    """Return the run time of the first failed canary request of a stage, to within its interval."""
    for event in run.events().records:
        if event["event"] == "errors" and event["stage"] == stage.name and event["variant"] == Variant.CANARY:
            return max(0.0, float(event["t_s"]) - stage.interval_s)
    return None


def rolled_back_by_trigger(run: RunDirectory) -> bool:
    """Tell whether a trigger ended the run and the baseline serves alone again: exit code 12."""
    names = [event["event"] for event in run.events().records]
    return "trigger_fired" in names and "rolled_back" in names
