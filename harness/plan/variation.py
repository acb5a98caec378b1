"""The same plan with fewer stages, or in less time."""

from collections.abc import Collection
from typing import TypeVar

from pydantic import ValidationError

from harness.plan.criterion import AnyCriterion, scaled
from harness.plan.faults import Faults
from harness.plan.model import Plan
from harness.plan.part import Part
from harness.plan.stage import Stage
from harness.plan.targets import Embedded

AnyPart = TypeVar("AnyPart", bound=Part)


class VariationError(ValueError):
    """A variation that leaves no usable plan; the text says why and what to do."""


def with_stages(plan: Plan, names: Collection[str]) -> Plan:
    """Return the plan with only the stages of these names, in the plan's order; all of them for no names."""
    return _changed(plan, stages=[stage for stage in plan.stages if stage.name in names]) if names else plan


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
    judge = plan.judge
    return _changed(
        plan,
        targets=_targets(plan, time_scale),
        probes=None
        if plan.probes is None
        else _changed(plan.probes, interval_s=plan.probes.interval_s / time_scale),
        judge=_changed(judge, block_s=judge.block_s / time_scale, warmup_s=judge.warmup_s / time_scale),
        rollback=_criteria(plan.rollback, time_scale),
        stages=[_stage(stage, time_scale) for stage in plan.stages],
    )


def _stage(stage: Stage, time_scale: float) -> Stage:
    return _changed(
        stage,
        duration_s=stage.duration_s / time_scale,
        interval_s=stage.interval_s / time_scale,
        warmup_s=_shorter(stage.warmup_s, time_scale),
        block_s=_shorter(stage.block_s, time_scale),
        criteria=_criteria(stage.criteria, time_scale),
        endpoints={name: _criteria(criteria, time_scale) for name, criteria in stage.endpoints.items()},
        rollback=_criteria(stage.rollback, time_scale),
    )


def _targets(plan: Plan, time_scale: float) -> object:
    match plan.targets:
        case Embedded(baseline=baseline, canary=canary):
            return Embedded(baseline=_faults(baseline, time_scale), canary=_faults(canary, time_scale))
        case other:
            return other


def _faults(faults: Faults, time_scale: float) -> Faults:
    """Keep the moments of the faults at their place in the run."""
    stall = faults.stall
    return _changed(
        faults,
        stall=stall and _changed(stall, at_s=stall.at_s / time_scale, for_s=stall.for_s / time_scale),
        slow_start_s=faults.slow_start_s / time_scale,
        crash_s=_shorter(faults.crash_s, time_scale),
        refuse_s=_shorter(faults.refuse_s, time_scale),
    )


def _criteria(criteria: tuple[AnyCriterion, ...], time_scale: float) -> tuple[AnyCriterion, ...]:
    return tuple(scaled(criterion, time_scale) for criterion in criteria)


def _shorter(duration_s: float | None, time_scale: float) -> float | None:
    return None if duration_s is None else duration_s / time_scale


def _changed(part: AnyPart, **changes: object) -> AnyPart:
    """Copy with changes, validated, which pydantic's own `model_copy` is not."""
    # `iter`, because `dict` of a thing with `keys`, as Faults has, would look for items in it.
    return type(part)(**{**dict(iter(part)), **changes})
