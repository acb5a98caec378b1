"""At the end of a stage: when it was that a limit was broken, and whether it lasted.

What one disturbance explains does not fail a stage. What decided is shown: a look, a last part, or the whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from harness.judge.criteria.context import CriterionContext
from harness.judge.decision import Decision, Requirement
from harness.judge.outcome import Outcome
from harness.judge.sequential.looks import Broken
from harness.judge.stats.disturbance import explanation
from harness.judge.stats.limit_test import LimitTest
from harness.judge.windows.blocks import StageBlocks
from harness.judge.windows.course import Course, course_of
from harness.judge.words import duration


def lasting(
    context: CriterionContext, decision: Decision, test: LimitTest | None, blocks: StageBlocks
) -> Decision:
    """Say when a broken limit was broken; a failure that one disturbance explains becomes inconclusive."""
    if context.of_stage or not decision.breaks_the_limit or test is None or not len(blocks):
        return decision
    above = context.bound.criterion.op.bounds_above
    decision = replace(decision, course=course_of(test, blocks, above=above))
    if decision.outcome is not Outcome.FAIL:
        return decision
    count = blocks.blocks_in(context.disturbance_s)
    first = explanation(test, count, above=above)
    if first is None:
        return decision
    return decision.turned(Outcome.INCONCLUSIVE, _explained(blocks, first, count))


def shown_for_last_part(decision: Decision, whole: Decision, part: StageBlocks) -> Decision:
    """Show the figures of the last part of a stage, which decided, beside that of the whole stage."""
    begins_s = part.ends_s[0] - float(part.lengths_s[0])
    over, over_all = duration(part.ends_s[-1] - begins_s), whole.estimate.observed
    figure = "unknown" if over_all is None else whole.requirement.spoken(over_all)
    of_part = f"That is over the last {over}; over the whole stage it was {figure}."
    return replace(decision, remarks=(*decision.remarks, of_part), course=_since(begins_s, whole))


def shown_for_look(at_the_end: Decision, broken: Broken) -> Decision:
    """Show the figures that decided: those of the look. What came afterwards is told beside them."""
    last, required = at_the_end.estimate.observed, at_the_end.requirement
    of_part = f" by its last {duration(broken.at_s - broken.from_s)}" if broken.from_s else ""
    over = "" if last is None else f", over the whole stage it was {required.spoken(last)}"
    return replace(
        at_the_end,
        estimate=broken.estimate,
        outcome=Outcome.FAIL,
        remarks=(
            f"It was broken {duration(broken.at_s)} into the stage{of_part}{over}.",
            *_baseline_too(required, broken),
        ),
        baseline=broken.baseline,
        decided_at_s=broken.at_s,
        course=_since(broken.from_s, at_the_end) if broken.from_s else at_the_end.course,
    )


def _since(begins_s: float, whole: Decision) -> Course:
    """Say since when it has lasted: as the course of the whole stage shows it, or where a last part began."""
    course = whole.course
    lasted = course is not None and course.since_s is not None and course.until_s is None
    return course if course and lasted else Course(since_s=begins_s, until_s=None)


def _baseline_too(required: Requirement, broken: Broken) -> Iterator[str]:
    baseline = broken.baseline
    if (
        baseline is not None
        and not required.relative
        and required.op.opposite.holds(baseline, required.limit)
    ):
        figure = required.spoken(baseline)
        yield f"The {broken.bound.reference} broke the limit as well ({figure}), but the canary is worse."


def _explained(blocks: StageBlocks, first: int, count: int) -> str:
    last = min(first + count, len(blocks)) - 1
    begin_s = blocks.ends_s[first] - float(blocks.lengths_s[first])
    stretch = f"from {duration(begin_s)} to {duration(blocks.ends_s[last])}"
    return (
        f"Without the time {stretch} it would not be broken, "
        "and what lasts no longer than `judge.disturbance` does not fail a stage."
    )
