"""A plan with fewer stages, or with shorter times."""

from collections.abc import Collection
from typing import TypeVar

from pydantic import ValidationError

from harness.plan.criteria.criterion import AnyCriterion, scaled
from harness.plan.criteria.quantity import TIME, text_of
from harness.plan.faults import Faults
from harness.plan.model import Plan
from harness.plan.overrides.rehearsal import (
    MIN_INTERVAL_S,
    MIN_PROBE_INTERVAL_S,
    MIN_WARMUP_S,
    shorter,
    stage_lengths_s,
    whole,
)
from harness.plan.overrides.rehearsal import (
    interval_s as scaled_interval_s,
)
from harness.plan.rates.shape import Shape
from harness.plan.settings import Probes
from harness.plan.stage import Stage
from harness.plan.targets import Embedded
from harness.plan.yaml.part import Part

AnyPart = TypeVar("AnyPart", bound=Part)


class VariationError(ValueError):
    """A variation that leaves no usable plan; the message says why and what to do."""


def with_stages(plan: Plan, names: Collection[str]) -> Plan:
    """Return the plan with only the stages of these names, in the plan's order; all of them for no names."""
    return changed(plan, stages=[stage for stage in plan.stages if stage.name in names]) if names else plan


def in_less_time(plan: Plan, time_scale: float) -> Plan:
    """Return the plan with its durations divided, but for the time limits of requests, probes and commands.

    Raises VariationError where a duration becomes too short or too long to be one.
    """
    if time_scale == 1.0:
        return plan
    if not 0 < time_scale < float("inf"):
        raise VariationError(
            f"a time scale of {time_scale:g} is impossible; write a number above 0, such as 60"
        )
    try:
        return _in_less_time(plan, time_scale)
    except ValidationError as error:
        reasons = "; ".join(dict.fromkeys(details["msg"] for details in error.errors(include_url=False)))
        raise VariationError(f"a time scale of {time_scale:g} does not suit this plan: {reasons}") from None


def _in_less_time(plan: Plan, time_scale: float) -> Plan:
    lengths_s = stage_lengths_s([stage.duration_s for stage in plan.stages], time_scale)
    stages = [
        _stage(plan, stage, length_s, time_scale)
        for stage, length_s in zip(plan.stages, lengths_s, strict=True)
    ]
    longest_interval_s = max(stage.interval_s for stage in stages)
    block_s = shorter(plan.judge.block_s, time_scale, MIN_INTERVAL_S)
    warmup_s = shorter(plan.judge.warmup_s, time_scale, _min_warmup_s(min(lengths_s)))
    asked_s = plan.judge.disturbance_s
    disturbance_s = None if asked_s is None else shorter(asked_s, time_scale, MIN_INTERVAL_S)
    return changed(
        plan,
        targets=_targets(plan, time_scale),
        probes=plan.probes and _probes(plan.probes, time_scale),
        judge=changed(plan.judge, block_s=block_s, warmup_s=warmup_s, disturbance_s=disturbance_s),
        rollback=_criteria(plan.rollback, time_scale, longest_interval_s),
        stages=stages,
    )


def _stage(plan: Plan, stage: Stage, length_s: float, time_scale: float) -> Stage:
    interval_s = scaled_interval_s(stage.interval_s, length_s, time_scale)
    if length_s < interval_s:
        what = f"leaves {text_of(round(length_s, 9), TIME)} for the stage {stage.name}"
        raise VariationError(f"a time scale of {time_scale:g} {what}; write a smaller one")
    duration_s = whole(length_s, interval_s)
    # A criterion's window means that part of its stage, so it shrinks as much as the stage does.
    own_scale = stage.duration_s / duration_s
    return changed(
        stage,
        duration_s=duration_s,
        interval_s=interval_s,
        arrival_rate_per_s=_rate(plan, stage, own_scale),
        ramp_s=_optional(stage.ramp_s, own_scale),
        warmup_s=_optional(stage.warmup_s, time_scale, _min_warmup_s(duration_s)),
        block_s=_block_s(plan, stage, interval_s, time_scale),
        criteria=_criteria(stage.criteria, own_scale),
        endpoints={name: _criteria(criteria, own_scale) for name, criteria in stage.endpoints.items()},
        rollback=_criteria(stage.rollback, time_scale, interval_s),
    )


def _rate(plan: Plan, stage: Stage, own_scale: float) -> float | Shape | None:
    """Return the stage's own rate; it needs one where that of the plan has pieces, which take less time."""
    stated = plan.stated_rate_of(stage)
    return (
        tuple(piece.scaled(own_scale) for piece in stated)
        if isinstance(stated, tuple)
        else stage.arrival_rate_per_s
    )


def _block_s(plan: Plan, stage: Stage, interval_s: float, time_scale: float) -> float | None:
    """Return the stage's own block; it needs one where the plan's isn't a whole multiple of its interval."""
    general_s = shorter(plan.judge.block_s, time_scale, MIN_INTERVAL_S)
    wanted_s = general_s if stage.block_s is None else stage.block_s / time_scale
    block_s = whole(max(wanted_s, interval_s), interval_s)
    return None if stage.block_s is None and block_s == general_s else block_s


def _min_warmup_s(duration_s: float) -> float:
    return min(MIN_WARMUP_S, duration_s / 10)


def _probes(probes: Probes, time_scale: float) -> Probes:
    return changed(probes, interval_s=shorter(probes.interval_s, time_scale, MIN_PROBE_INTERVAL_S))


def _targets(plan: Plan, time_scale: float) -> object:
    if not isinstance(plan.targets, Embedded):
        return plan.targets
    baseline, canary = plan.targets.baseline, plan.targets.canary
    return Embedded(baseline=_faults(baseline, time_scale), canary=_faults(canary, time_scale))


def _faults(faults: Faults, time_scale: float) -> Faults:
    """Scale the times of the faults, so that each keeps its place in the run."""
    stall = faults.stall
    return changed(
        faults,
        stall=stall and changed(stall, at_s=stall.at_s / time_scale, for_s=stall.for_s / time_scale),
        slow_start_s=faults.slow_start_s / time_scale,
        crash_s=_optional(faults.crash_s, time_scale),
        refuse_s=_optional(faults.refuse_s, time_scale),
    )


def _criteria(
    criteria: tuple[AnyCriterion, ...], time_scale: float, min_s: float = 0.0
) -> tuple[AnyCriterion, ...]:
    return tuple(_criterion(criterion, time_scale, min_s) for criterion in criteria)


def _criterion(criterion: AnyCriterion, time_scale: float, min_s: float) -> AnyCriterion:
    if criterion.for_s is None:
        return criterion
    return scaled(criterion, criterion.for_s / shorter(criterion.for_s, time_scale, min_s))


def _optional(length_s: float | None, time_scale: float, min_s: float = 0.0) -> float | None:
    return None if length_s is None else shorter(length_s, time_scale, min_s)


def changed(part: AnyPart, **changes: object) -> AnyPart:
    """Copy with changes, validated, which pydantic's own `model_copy` is not."""
    # `iter`, because `dict` would treat a part that has `keys`, as Faults does, as a mapping.
    return type(part)(**{**dict(iter(part)), **changes})
