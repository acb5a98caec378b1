"""A plan for traffic of the past: what a log cannot tell is left out, and nothing is deployed or changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

from harness.plan.criteria.criterion import AnyCriterion, Named, NamedCriterion
from harness.plan.criteria.measure import measure_named
from harness.plan.model import Plan
from harness.plan.overrides.rehearsal import whole
from harness.plan.overrides.variation import VariationError, changed
from harness.plan.stage import Stage

Criteria = tuple[AnyCriterion, ...]
_OF_PROBES: Final = (
    Named.HEALTH_CHECKS_PASSING,
    Named.SYSTEM_STABLE,
    Named.STABLE,
    Named.SERVICE_DOWN,
)


@dataclass(frozen=True)
class RecordedPlan:
    """The plan that a log can be judged by, and the criteria that it leaves out, each once."""

    plan: Plan
    left_out: tuple[str, ...]


def as_recorded(plan: Plan, lengths_s: Mapping[str, float]) -> RecordedPlan:
    """Return the plan of a backtest; `lengths_s` says how long each stage's weight was in place.

    A stage is as long as planned, or as its weight lasted. Only one that lasted twice as long as planned can
    be extended. Raises VariationError where nothing is left of a stage.
    """
    left_out: dict[str, None] = {}

    def told(criteria: Criteria) -> Criteria:
        kept = tuple(criterion for criterion in criteria if _is_told(criterion))
        left_out.update(dict.fromkeys(each.text for each in criteria if each not in kept))
        return kept

    stages = [_recorded_stage(stage, lengths_s[stage.name], told) for stage in plan.stages]
    levels = {name: each for name, each in plan.levels.items() if _is_of_requests(name)}
    left_out.update(dict.fromkeys(f"level of {name}" for name in plan.levels if name not in levels))
    try:
        recorded = changed(
            plan,
            targets=None,
            router=None,
            deploy=None,
            probes=None,
            stages=stages,
            levels=levels,
            rollback=told(plan.rollback),
        )
    except ValidationError as error:
        reasons = "; ".join(dict.fromkeys(details["msg"] for details in error.errors(include_url=False)))
        raise VariationError(f"the plan does not suit these stage times: {reasons}") from None
    return RecordedPlan(recorded, tuple(left_out))


def _recorded_stage(stage: Stage, length_s: float, told: Callable[[Criteria], Criteria]) -> Stage:
    return changed(
        stage,
        deploy=None,
        duration_s=_length_s(stage, length_s),
        criteria=_some(stage, told(stage.criteria)),
        rollback=told(stage.rollback),
        on_inconclusive=stage.on_inconclusive if length_s >= 2 * stage.duration_s else "hold",
        approval=None,
    )


def _length_s(stage: Stage, length_s: float) -> float:
    if length_s >= stage.duration_s:
        return stage.duration_s
    if length_s < stage.interval_s:
        raise VariationError(
            f"stage {stage.name} lasted {max(length_s, 0.0):.0f} s in the log, less than one interval"
        )
    return whole(length_s, stage.interval_s)


def _some(stage: Stage, criteria: Criteria) -> Criteria:
    if not criteria:
        raise VariationError(
            f"no criterion of stage {stage.name} can be judged by a log; add one such as `error rate < 1%`"
        )
    return criteria


def _is_told(criterion: AnyCriterion) -> bool:
    """Whether a log tells what a criterion is about."""
    if isinstance(criterion, NamedCriterion):
        return criterion.name not in _OF_PROBES
    return criterion.measure.is_of_requests


def _is_of_requests(measure: str) -> bool:
    try:
        return measure_named(measure).is_of_requests
    except ValueError:
        return False
