"""Rollback triggers: whether a condition held in every interval of a stretch of time.

A trigger is a plain rule, not a test: it takes the rate or percentile of each interval as observed, over all
endpoints. Failures count as slower than anything. An interval without a response says nothing about rates and
latencies, but for `service down` silence is being down.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain

from harness.judge.criteria.samples import samples_between
from harness.judge.view import StageView
from harness.judge.windows.moment import Moment, moments
from harness.judge.words import duration, unit_of
from harness.plan.criteria.compare import limit_beside
from harness.plan.criteria.criterion import Criterion, NamedCriterion, Trigger
from harness.plan.model import Plan
from harness.plan.variant import Variant
from harness.record.evidence import StageEvidence


@dataclass(frozen=True)
class TriggerFired:
    """A trigger whose condition held for its whole window, which ended `at_s` seconds into the stage."""

    trigger: str
    at_s: float
    reason: str


def first_trigger(plan: Plan, evidence: StageEvidence) -> TriggerFired | None:
    """Find the first trigger of plan or stage that fired; the same on growing and on finished evidence."""
    view = StageView(plan, evidence)
    return first_fired(view, tuple(moments(view.design, evidence.intervals)))


def first_fired(view: StageView, seen: Sequence[Moment]) -> TriggerFired | None:
    """Find the first trigger that fired in these intervals of a stage."""
    fired = (_fired(view, trigger, seen) for trigger in chain(view.plan.rollback, view.stage.rollback))
    return min((each for each in fired if each), key=lambda each: each.at_s, default=None)


def _fired(view: StageView, trigger: Trigger, seen: Sequence[Moment]) -> TriggerFired | None:
    needed = math.ceil((trigger.for_s or 0.0) / view.stage.interval_s - 1e-6)
    holds = _condition(view, trigger)
    held, expected = 0, 0
    for moment in seen:
        held = _held(held, holds(moment), moment.number == expected)
        expected = moment.number + 1
        if held >= max(needed, 1):
            reason = (
                f"The rollback trigger fired {duration(moment.end_s)} into the stage: its condition held for "
                f"{duration(needed * view.stage.interval_s)}{_at_last(trigger, moment)}."
            )
            return TriggerFired(trigger.text, moment.end_s, reason)
    return None


def _at_last(trigger: Trigger, moment: Moment) -> str:
    if isinstance(trigger, NamedCriterion):
        return ""
    value = moment.canary.get(trigger.measure)
    if value is None or math.isinf(value):
        return ""
    return f" ({unit_of(trigger.measure, value).spoken(value)} in the last interval)"


def _held(before: int, holds: bool, follows: bool) -> int:
    if not holds:
        return 0
    # A missing interval says nothing, so the condition did not hold in it.
    return before + 1 if follows else 1


Condition = Callable[[Moment], bool]


def _condition(view: StageView, trigger: Trigger) -> Condition:
    if isinstance(trigger, NamedCriterion):
        return lambda moment: _is_down(view, moment)
    if trigger.measure.is_of_requests:
        return lambda moment: _compares(
            trigger, moment.canary[trigger.measure], moment.baseline.get(trigger.measure)
        )
    return lambda moment: _samples_compare(view, trigger, moment)


def _is_down(view: StageView, moment: Moment) -> bool:
    """Whether the canary gave no good answer, or every health check of it failed."""
    expected = float(view.stage.weight) * view.planned_per_s * view.stage.interval_s
    if expected >= 1 and not moment.answered:
        return True
    checks = view.probes_between("health", moment.start_s, moment.end_s, variant=str(Variant.CANARY))
    return bool(checks) and not any(check["ok"] for check in checks)


def _compares(trigger: Criterion, value: float | None, baseline: float | None) -> bool:
    if value is None:
        return False
    limit = limit_beside(trigger.limit, baseline)
    return limit is not None and trigger.op.holds(value, limit)


def _samples_compare(view: StageView, trigger: Criterion, moment: Moment) -> bool:
    def seen(variant: Variant) -> Sequence[float]:
        return samples_between(view, trigger.measure, variant, moment.start_s, moment.end_s)

    baseline = seen(Variant.BASELINE)
    reference = sum(baseline) / len(baseline) if baseline else None
    values = seen(Variant.CANARY)
    return bool(values) and all(_compares(trigger, value, reference) for value in values)
