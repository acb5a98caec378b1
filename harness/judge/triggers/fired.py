"""Rollback triggers: whether a condition held in every interval of a stretch of time.

An interval between two probes says nothing about what is probed: it counts once the next probe finds that the
condition still holds.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from harness.judge.finding import Finding, Result, Subject
from harness.judge.outcome import Outcome
from harness.judge.triggers.condition import holds_in, seen_in
from harness.judge.view import StageView
from harness.judge.windows.moment import Moment
from harness.judge.words import PERCENT, Unit, duration, unit_of, unit_of_difference
from harness.plan.criteria.change import Difference, Ratio
from harness.plan.criteria.compare import Absolute
from harness.plan.criteria.criterion import Criterion, NamedCriterion, Trigger
from harness.record.events.stage import TriggerFired

_SAME_S = 1e-3


@dataclass(frozen=True)
class FiredTrigger:
    """A trigger whose condition held for its whole window, which ended `at_s` seconds into the stage.

    `id` is that of its finding, `trigger` its text.
    """

    id: str
    trigger: str
    at_s: float
    result: Result

    @property
    def reason(self) -> str:
        """Why it fired, in a sentence."""
        return self.result.reason


def first_fired(view: StageView, seen: Sequence[Moment], where: str = "the stage") -> FiredTrigger | None:
    """Find the first trigger that fired in these intervals; `where` says in words of what they are."""
    fired = (_fired(view, trigger, seen, where) for trigger in chain(view.plan.rollback, view.stage.rollback))
    return min((each for each in fired if each), key=lambda each: each.at_s, default=None)


def judge_triggers(view: StageView) -> Iterator[Finding]:
    """Report the triggers that fired: the first this evidence shows, and those that fired in the run."""
    fired = first_fired(view, view.aggregate.moments)
    if fired:
        yield fired.result.of(Subject.of_trigger(fired.trigger))
    in_the_run = {Subject.of_trigger(event.trigger): event for event in reversed(view.events(TriggerFired))}
    for subject, event in in_the_run.items():
        if fired is None or subject.id != fired.id:
            at_s = max(0.0, view.evidence.parts.into_stage_s(event.t_s))
            reason = event.reason or "The rollback trigger fired in the run; it must not."
            yield Result(outcome=Outcome.FAIL, reason=reason, decided_at_s=at_s).of(subject)


def _fired(view: StageView, trigger: Trigger, seen: Sequence[Moment], where: str) -> FiredTrigger | None:
    needed = _needed(view, trigger)
    for moment, held in _streaks(view, trigger, seen):
        if held >= needed:
            subject, result = Subject.of_trigger(trigger.text), _result(view, trigger, moment, needed, where)
            return FiredTrigger(subject.id, trigger.text, moment.end_s, result)
    return None


def _streaks(view: StageView, trigger: Trigger, seen: Sequence[Moment]) -> Iterator[tuple[Moment, int]]:
    """Count in how many intervals in a row, up to each one, a condition has held."""
    patience = math.ceil(view.probes.patience_s / view.stage.interval_s)
    held, between_probes, expected = 0, 0, 0
    for moment in seen:
        if moment.number != expected or _follows_pause(view, moment):
            # A missing interval says nothing, nor does the pause before an extension.
            held = between_probes = 0
        expected = moment.number + 1
        match holds_in(view, trigger, moment):
            case True:
                held, between_probes = held + between_probes + 1, 0
            case None if held and between_probes < patience:
                between_probes += 1
            case _:
                held = between_probes = 0
        yield moment, held


def _follows_pause(view: StageView, moment: Moment) -> bool:
    return any(abs(pause_s - moment.start_s) < _SAME_S for pause_s in view.evidence.parts.pauses_s)


def _needed(view: StageView, trigger: Trigger) -> int:
    """Return in how many intervals in a row the condition must hold."""
    return max(math.ceil((trigger.for_s or 0.0) / view.stage.interval_s - 1e-6), 1)


def _result(view: StageView, trigger: Trigger, last: Moment, intervals: int, where: str) -> Result:
    """Say that a trigger fired after so many intervals, with the numbers of the last one."""
    held_s = intervals * view.stage.interval_s
    fired = f"The rollback trigger fired {duration(last.end_s)} into {where}: its condition held for "
    result = Result(
        outcome=Outcome.FAIL,
        reason=f"{fired}{duration(held_s)}.",
        n=intervals,
        decided_at_s=last.end_s,
    )
    if isinstance(trigger, NamedCriterion):
        return result
    seen = seen_in(view, trigger, last)
    value, baseline = seen.values[-1], seen.baseline
    unit = unit_of(trigger.measure, value)
    at_last = f" ({unit.spoken(value)} in the last interval)"
    observed, limit, of_change = _against(trigger, value, baseline)
    return replace(
        result,
        reason=f"{fired}{duration(held_s)}{at_last}.",
        measure=trigger.measure.name,
        relative=trigger.is_relative,
        # A trigger is an alarm: it says where the bad values are.
        better=trigger.op.opposite.better,
        observed=of_change.observed(observed),
        limit=of_change.of(limit),
        unit=of_change.name,
        lower=of_change.of(observed),
        upper=of_change.of(observed),
        baseline=None if baseline is None else unit.of(baseline),
        baseline_unit="" if baseline is None else unit.name,
    )


def _against(trigger: Criterion, value: float, baseline: float | None) -> tuple[float, float, Unit]:
    """Return what was observed and its limit, and their unit: changes where the limit is the baseline's."""
    match trigger.limit:
        case Ratio(ratio) if baseline:
            return value / baseline - 1, ratio, PERCENT
        case Difference(difference) if baseline is not None:
            return value - baseline, difference, unit_of_difference(trigger.measure, difference)
        case Absolute(limit):
            return value, limit, unit_of(trigger.measure, limit)
        case _:
            return value, math.inf, unit_of(trigger.measure, value)


@dataclass(frozen=True)
class TriggerProgress:
    """A trigger, the intervals in a row in which its condition has held, and how many it takes to fire."""

    trigger: str
    held: int
    needed: int

    @property
    def share(self) -> float:
        """How near it is to firing, 0 … 1."""
        return min(self.held / self.needed, 1.0)


def trigger_progress(view: StageView, seen: Sequence[Moment]) -> tuple[TriggerProgress, ...]:
    """Return how near every trigger is after these intervals of a stage."""
    return tuple(
        TriggerProgress(trigger.text, _held_last(view, trigger, seen), _needed(view, trigger))
        for trigger in chain(view.plan.rollback, view.stage.rollback)
    )


def _held_last(view: StageView, trigger: Trigger, seen: Sequence[Moment]) -> int:
    """Count the latest intervals in a row in which a condition held."""
    return next((held for _, held in deque(_streaks(view, trigger, seen), maxlen=1)), 0)
