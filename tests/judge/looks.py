"""Looks at the evidence of a stage that may still grow."""

from harness.judge.criteria.early import early_fails
from harness.judge.triggers.fired import first_fired
from harness.judge.view import StageView
from tests.judge.simulator import plan_of

PROBES = {"health": "/health", "metrics": "/metrics", "interval": "2s"}


def early_fail(plan, evidence):
    """The first criterion that could only fail before the end, or None."""
    return next(iter(early_fails(StageView(plan, evidence))), None)


def first_trigger(plan, evidence):
    """The first trigger of plan or stage that fired, or None."""
    view = StageView(plan, evidence)
    return first_fired(view, view.aggregate.moments)


def plan_with(*triggers, **more):
    """A plan with these rollback triggers, probed every 2 s."""
    return plan_of(["error rate < 1%"], rollback=list(triggers), probes=PROBES, **more)
