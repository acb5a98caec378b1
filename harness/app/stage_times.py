"""When the stages of a release were, as `harness backtest` is told, or as the log or a run directory says."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from harness.observe.access_log.local_times import UnclearTime, WrittenInTurn
from harness.observe.access_log.moments import Moments
from harness.observe.past.weight_changes import CanaryShare, stretches
from harness.plan.model import Plan
from harness.plan.overrides.variation import with_stages
from harness.plan.traffic.traffic import Traffic
from harness.record.events.stage import StageStarted
from harness.record.run_directory import RunDirectory, RunError

FROM_LOG = "log"


class StageTimesError(Exception):
    """Times that cannot be read, or that do not fit the plan or the log; the text says what to write."""


@dataclass(frozen=True)
class StageTimes:
    """The stages that were, in order: when each began, in seconds since 1970, and how long it lasted."""

    plan: Plan
    starts_s: Mapping[str, float]
    lengths_s: Mapping[str, float]

    @property
    def first_s(self) -> float:
        """When the first stage began."""
        return min(self.starts_s.values())


def moment(text: str, traffic: Traffic) -> float:
    """Return a time as a person writes it, in seconds since 1970; raises StageTimesError.

    A time without a zone is in the plan's `timezone`, or in this machine's.
    """
    try:
        (at_s,) = Moments(traffic.log.zone, WrittenInTurn()).of([text.strip()])
    except UnclearTime:
        raise StageTimesError(
            f"`{text}` was twice or never, because the clocks changed; write it with its zone, such as +01:00"
        ) from None
    except (ValueError, OverflowError):
        raise StageTimesError(
            f"`{text}` is not a time; write for example 2026-01-08T14:00, 2026-01-08T14:00+01:00 or "
            "seconds since 1970"
        ) from None
    return at_s


def by_plan(plan: Plan, start_s: float) -> StageTimes:
    """Return the stages one after another, each as long as planned."""
    starts: dict[str, float] = {}
    for stage in plan.stages:
        starts[stage.name] = start_s
        start_s += stage.duration_s
    return _timed(plan, starts)


def as_told(plan: Plan, told: Sequence[str], traffic: Traffic) -> StageTimes:
    """Return the stages of `NAME=TIME` pairs; those not named did not happen. Raises StageTimesError."""
    starts: dict[str, float] = {}
    known = [stage.name for stage in plan.stages]
    for each in told:
        name, equals, text = each.partition("=")
        if not equals or name not in known:
            raise StageTimesError(
                f"--stage-times {each}: write `{FROM_LOG}`, a run directory, or NAME=TIME with one of "
                f"{', '.join(known)}"
            )
        starts[name] = moment(text, traffic)
    return _timed(plan, starts)


def of_run(plan: Plan, run: RunDirectory) -> StageTimes:
    """Return the stages as a run of the past had them; raises StageTimesError and RunError."""
    known = {stage.name for stage in plan.stages}
    starts = {
        event.stage: run.run["epoch_s"] + event.t_s
        if event.started_epoch_s is None
        else event.started_epoch_s
        for event in run.events().records
        if isinstance(event, StageStarted) and event.stage in known
    }
    if not starts:
        raise StageTimesError(f"{run.path}: none of its stages is in this plan")
    return _timed(plan, starts)


def of_log(plan: Plan, shares: CanaryShare, from_s: float) -> StageTimes:
    """Return the stages whose weights the traffic shows; raises StageTimesError."""
    first, counts = shares.series(from_s)
    found = stretches(first, counts, [float(stage.weight) for stage in plan.stages])
    if not found:
        weights = ", ".join(f"{float(stage.weight):.0%}" for stage in plan.stages)
        raise StageTimesError(
            f"the log shows none of the plan's weights ({weights}); name the times, NAME=TIME, or check "
            "`variant` in the plan"
        )
    names = [stage.name for stage in plan.stages][: len(found)]
    return StageTimes(
        with_stages(plan, names),
        {name: stretch.starts_s for name, stretch in zip(names, found, strict=True)},
        {name: stretch.ends_s - stretch.starts_s for name, stretch in zip(names, found, strict=True)},
    )


def run_at(text: str) -> RunDirectory | None:
    """Return the run directory that a word names; None for another word. Raises StageTimesError."""
    if not Path(text).is_dir():
        return None
    try:
        return RunDirectory.open(text)
    except RunError as error:
        raise StageTimesError(f"--stage-times {error}") from None


def shown(at_s: float, traffic: Traffic) -> str:
    """Write a time in the plan's zone or this machine's, and in UTC."""
    utc = datetime.fromtimestamp(at_s, UTC)
    local = utc.astimezone(traffic.log.zone)
    return f"{local:%Y-%m-%d %H:%M:%S%z}" + ("" if not local.utcoffset() else f" ({utc:%H:%M:%S} UTC)")


def _timed(plan: Plan, starts: Mapping[str, float]) -> StageTimes:
    """Keep the stages that were; each lasts until the next one."""
    kept = with_stages(plan, list(starts))
    in_order = [starts[stage.name] for stage in kept.stages]
    for (one, other), (before, after) in zip(pairwise(kept.stages), pairwise(in_order), strict=True):
        if after <= before:
            raise StageTimesError(
                f"stage {other.name} begins before {one.name}, which comes first in the plan"
            )
    lengths = {
        stage.name: end_s - start_s
        for stage, start_s, end_s in zip(kept.stages, in_order, (*in_order[1:], math.inf), strict=True)
    }
    return StageTimes(kept, starts, lengths)
