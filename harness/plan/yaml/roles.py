"""What a criterion may be used for: a stage's criterion holds while all is well, an alarm when it is not."""

from typing import Annotated

from pydantic import AfterValidator

from harness.plan.criteria.criterion import AnyCriterion, Criterion, CriterionError, Named, NamedCriterion
from harness.plan.criteria.quantity import shown
from harness.plan.yaml.kinds import CriterionText


def as_criterion(criterion: AnyCriterion) -> AnyCriterion:
    """Return a criterion that a good service meets and a bad one doesn't; raises CriterionError."""
    if isinstance(criterion, NamedCriterion):
        if criterion.name is Named.SERVICE_DOWN:
            raise CriterionError(
                f"{shown(criterion.text)} is a trigger, not a criterion", "write it under `rollback`"
            )
        return criterion
    _require(criterion, is_criterion=True)
    return criterion


def as_alarm(criterion: Criterion) -> Criterion:
    """Return a criterion that a bad service sets off; raises CriterionError."""
    _require(criterion, is_criterion=False)
    return criterion


def as_trigger(criterion: AnyCriterion) -> AnyCriterion:
    """Return a criterion that is an alarm with a window; raises CriterionError."""
    if isinstance(criterion, NamedCriterion):
        if criterion.name is not Named.SERVICE_DOWN:
            raise CriterionError(
                f"{shown(criterion.text)} is a criterion, not a trigger",
                "write it under `criteria` of a stage",
            )
        return criterion
    if criterion.for_s is None:
        raise CriterionError(
            f"the trigger {shown(criterion.text)} has no window", f"write `{criterion.text} for 5m`"
        )
    return as_alarm(criterion)


def as_endpoint_criterion(criterion: AnyCriterion) -> AnyCriterion:
    """Return a criterion that can be measured per endpoint; raises CriterionError."""
    if not isinstance(criterion, Criterion) or not criterion.measure.is_of_requests:
        raise CriterionError(
            f"{shown(criterion.text)} cannot be measured per endpoint",
            "write a criterion about error rate, throughput or a response time",
        )
    return as_criterion(criterion)


def _require(criterion: Criterion, *, is_criterion: bool) -> None:
    better = criterion.measure.better
    if better is None or criterion.op.bounds_above == ((better == "lower") is is_criterion):
        return
    role, when = ("criterion", "worse") if is_criterion else ("alarm", "better")
    raise CriterionError(
        f"the {role} {shown(criterion.text)} holds when the service is {when}",
        f"write `{criterion.text.replace(f' {criterion.op} ', f' {criterion.op.mirrored} ')}`",
    )


StageCriterionField = Annotated[Criterion | NamedCriterion, CriterionText(), AfterValidator(as_criterion)]
EndpointCriterionField = Annotated[
    Criterion | NamedCriterion, CriterionText(), AfterValidator(as_endpoint_criterion)
]
TriggerField = Annotated[Criterion | NamedCriterion, CriterionText(), AfterValidator(as_trigger)]
