"""Promises and alarms: a promise holds while all is well, an alarm holds when it is not."""

from typing import Annotated

from pydantic import AfterValidator

from harness.plan.criteria.criterion import AnyCriterion, Criterion, CriterionError, Named, NamedCriterion
from harness.plan.criteria.quantity import shown
from harness.plan.yaml.kinds import CriterionText


def as_promise(criterion: AnyCriterion) -> AnyCriterion:
    """Return the criterion, if a good service can keep it and a bad one breaks it; raises CriterionError."""
    if isinstance(criterion, NamedCriterion):
        if criterion.name is Named.SERVICE_DOWN:
            raise CriterionError(
                f"{shown(criterion.text)} is a trigger, not a criterion", "write it under `rollback`"
            )
        return criterion
    _require(criterion, promise=True)
    return criterion


def as_alarm(criterion: Criterion) -> Criterion:
    """Return the criterion, if a bad service can set it off; raises CriterionError."""
    _require(criterion, promise=False)
    return criterion


def as_trigger(criterion: AnyCriterion) -> AnyCriterion:
    """Return the criterion, if it is an alarm that says for how long it must hold; raises CriterionError."""
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
    """Return the criterion, if it can be told apart by endpoint; raises CriterionError."""
    if not isinstance(criterion, Criterion) or not criterion.measure.is_of_requests:
        raise CriterionError(
            f"{shown(criterion.text)} is not of one endpoint",
            "write one of error rate, throughput or a response time",
        )
    return as_promise(criterion)


def _require(criterion: Criterion, *, promise: bool) -> None:
    better = criterion.measure.better
    if better is None or criterion.op.bounds_above == ((better == "lower") is promise):
        return
    turned = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}[criterion.op]
    role = "criterion" if promise else "alarm"
    raise CriterionError(
        f"the {role} {shown(criterion.text)} holds for the {'worse' if promise else 'better'} service",
        f"write `{criterion.text.replace(f' {criterion.op} ', f' {turned} ')}`",
    )


PromiseField = Annotated[Criterion | NamedCriterion, CriterionText(), AfterValidator(as_promise)]
EndpointCriterionField = Annotated[
    Criterion | NamedCriterion, CriterionText(), AfterValidator(as_endpoint_criterion)
]
TriggerField = Annotated[Criterion | NamedCriterion, CriterionText(), AfterValidator(as_trigger)]
