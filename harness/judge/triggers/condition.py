"""Whether the condition of a rollback trigger held in one interval: a plain rule, not a statistical test.

It takes the rate or percentile of the interval as observed, over all endpoints. Failures count as slower than
anything. An interval without a response says nothing about rates and latencies, but for `service down`
silence is being down. Where the baseline meets an absolute condition in the same interval as well, it counts
only if the canary's value is more than twice the baseline's. In an interval in which the generator was late,
service times stand in for response times, and throughput says nothing; nor does it in one for which a
changing rate plans no more. Good answers of no known variant may be any variant's: while there are some, none
is silent, and a condition on throughput must hold with and without them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.judge.stage_probes import values_of
from harness.judge.view import StageView
from harness.judge.windows.moment import Moment
from harness.plan.criteria.criterion import Criterion, NamedCriterion, Trigger
from harness.plan.criteria.measure import MeasureKind
from harness.plan.variant import Variant
from harness.record.probes import HealthProbe

APART = 2.0
"""How many times the baseline's value the canary's must be where the baseline meets the condition as well."""


@dataclass(frozen=True)
class Seen:
    """The canary's values of a measure in one interval and the baseline's beside them, in base units."""

    values: Sequence[float]
    baseline: float | None


def seen_in(view: StageView, trigger: Criterion, moment: Moment) -> Seen:
    """Return what an interval shows of a trigger's measure; no values where it shows nothing."""
    measure = trigger.measure
    if measure.is_of_requests:
        value, of_baseline = moment.canary[measure], moment.baseline.get(measure)
        if value is not None and measure.kind is MeasureKind.THROUGHPUT:
            # What the load test failed to send is not missing at the service.
            others_per_s = moment.unattributed / view.stage.interval_s + view.mistakes / moment.end_s
            return Seen((value, value + others_per_s), of_baseline)
        return Seen(() if value is None else (value,), of_baseline)
    probes, stretch = view.probes, (moment.start_s, moment.end_s)
    canary = values_of(probes.between(probes.readings(measure, Variant.CANARY), *stretch))
    # The variants are not asked at the same instant: the interval's end may lie between them.
    baseline = values_of(probes.standing(probes.readings(measure, view.design.reference), *stretch))
    # A query is of the whole service: what it says is no value of the baseline's own.
    has_baseline = bool(baseline) and measure.kind is not MeasureKind.QUERY
    return Seen(canary, sum(baseline) / len(baseline) if has_baseline else None)


def holds_in(view: StageView, trigger: Trigger, moment: Moment) -> bool | None:
    """Whether a trigger's condition held in an interval; None where no probe says so."""
    if isinstance(trigger, NamedCriterion):
        return _canary_is_down(view, moment)
    if trigger.measure.kind is MeasureKind.THROUGHPUT and (
        moment.is_late or _is_planned(view, trigger, moment)
    ):
        return False
    seen = seen_in(view, trigger, moment)
    if not seen.values:
        return False if trigger.measure.is_of_requests else None
    holds = all(trigger.holds(value, seen.baseline) for value in seen.values)
    return holds and not _is_shared(trigger, seen)


def _is_planned(view: StageView, trigger: Criterion, moment: Moment) -> bool:
    """Whether the load that is planned meets a condition by itself: in a ramp, on a low plateau."""
    planned = view.design.expected(None, moment.start_s, moment.end_s)
    if planned is None or view.design.has_level_rates:
        return False
    return trigger.holds(planned / view.stage.interval_s, None)


def _is_shared(trigger: Criterion, seen: Seen) -> bool:
    """Whether the baseline meets an absolute condition as well, and the canary is hardly worse."""
    if trigger.is_relative or seen.baseline is None or not trigger.holds(seen.baseline):
        return False
    if trigger.op.bounds_above:
        return all(value >= seen.baseline / APART for value in seen.values)
    return all(value <= APART * seen.baseline for value in seen.values)


def _canary_is_down(view: StageView, moment: Moment) -> bool | None:
    """Whether the canary gave no good answer or failed its health checks, unlike what it is compared with."""
    probes, stretch, reference = view.probes, (moment.start_s, moment.end_s), view.design.reference
    ill = _is_ill(probes.between(probes.health_checks(Variant.CANARY), *stretch))
    is_down = _is_silent(view, moment, Variant.CANARY) or ill
    if not (is_down and view.has_both):
        return is_down
    other_ill = _is_ill(probes.standing(probes.health_checks(reference), *stretch))
    return not (_is_silent(view, moment, reference) or other_ill)


def _is_silent(view: StageView, moment: Moment, variant: Variant) -> bool:
    """Whether a variant gave no good answer although it was sent requests."""
    expected = view.design.expected(variant, moment.start_s, moment.end_s)
    if expected is None:
        # The plan does not state the rate of a recorded load: it is what was sent.
        expected = float(view.plan.shares_of(view.stage)[variant]) * moment.sent
    # Users may be asleep: real traffic that stops says nothing about the service.
    answered = moment.answered[variant] or moment.unattributed
    return view.evidence.source.sends and expected >= 1 and bool(moment.sent) and not answered


def _is_ill(checks: Sequence[HealthProbe]) -> bool | None:
    """Whether every health check failed; None without one."""
    return not any(check.ok for check in checks) if checks else None
