"""What the events of a run say about its rollout."""

from __future__ import annotations

from harness.plan.model import Stage
from harness.plan.variant import Variant
from harness.record.events.release import DeployStarted, RolledBack, WeightSet
from harness.record.events.run import RunHeld, RunInterrupted
from harness.record.events.stage import RequestErrors, TriggerFired
from harness.record.run_directory import RunDirectory


def last_stage(run: RunDirectory) -> Stage:
    """Return the stage whose weight was set last, or the first stage when none was."""
    stages = {stage.name: stage for stage in run.plan.stages}
    names = [event.stage for event in run.events().records if isinstance(event, WeightSet)]
    return next((stages[name] for name in reversed(names) if name in stages), run.plan.stages[0])


def first_bad_s(run: RunDirectory, stage: Stage) -> float | None:
    """Return the run time of the first failed canary request of a stage, to within its interval."""
    for event in run.events().records:
        match event:
            case RequestErrors(stage=stage.name, variant=Variant.CANARY):
                return max(0.0, event.t_s - stage.interval_s)
    return None


def is_out(run: RunDirectory) -> bool:
    """Whether a version is before users: deployed, and neither taken back nor left to a person."""
    kinds = {type(event) for event in run.events().records}
    return bool(kinds & {DeployStarted, WeightSet}) and not kinds & {RolledBack, RunHeld}


def rolled_back_by_trigger(run: RunDirectory) -> bool:
    """Whether a trigger ended the run and the baseline serves alone again: exit code 12."""
    kinds = {type(event) for event in run.events().records}
    return {TriggerFired, RolledBack} <= kinds


def was_interrupted(run: RunDirectory) -> bool:
    """Whether a person or a signal ended the run early: exit code 130."""
    return any(isinstance(event, RunInterrupted) for event in run.events().records)
