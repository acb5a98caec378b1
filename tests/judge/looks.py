"""Looks at the evidence of a stage that may still grow."""

from harness.judge.criteria.early import early_fails
from harness.judge.criteria.triggers import first_fired
from harness.judge.view import StageView


def early_fail(plan, evidence):
    """The first criterion that could only fail before the end, or None."""
    return next(iter(early_fails(StageView(plan, evidence))), None)


def first_trigger(plan, evidence):
    """The first trigger of plan or stage that fired, or None."""
    view = StageView(plan, evidence)
    return first_fired(view, view.aggregate.moments)
