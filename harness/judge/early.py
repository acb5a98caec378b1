"""Ending a stage before its time: the first moment at which it could only fail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from harness.judge.alarms import Alarm, alarm_of, gross_regression
from harness.judge.asked import Asked
from harness.judge.facts import lasting_facts
from harness.judge.generator import generator_on_time
from harness.judge.levels import critical_promises
from harness.judge.named import parts_of_no_degradation
from harness.judge.outcome import Outcome
from harness.judge.verdict import EarlyFail
from harness.judge.view import StageView
from harness.judge.words import duration
from harness.plan.criterion import Criterion, Named, NamedCriterion
from harness.plan.measure import MeasureKind
from harness.plan.model import Plan
from harness.record.evidence import StageEvidence

GROSS_REGRESSION = "no gross regression"


def early_fail(plan: Plan, evidence: StageEvidence) -> EarlyFail | None:
    """Find the first criterion that was surely broken before the end; the same live and afterwards."""
    view = StageView(plan, evidence)
    view = replace(view, late=generator_on_time(view).outcome is Outcome.INVALID)
    return min(_fails(view), key=lambda fail: fail.at_s, default=None)


def _fails(view: StageView) -> Iterator[EarlyFail]:
    yield from lasting_facts(view)
    for name, asked in _asked(view):
        # With a late generator slowness proves nothing.
        if (not view.late or asked.measure.kind is MeasureKind.ERROR_RATE) and (alarm := alarm_of(asked)):
            yield _broken(name, alarm)
    if not view.late and (alarm := gross_regression(view)):
        yield _broken(GROSS_REGRESSION, alarm)


def _broken(criterion: str, alarm: Alarm) -> EarlyFail:
    return EarlyFail(criterion, alarm.at_s, f"It was surely broken {duration(alarm.at_s)} into the stage.")


def _asked(view: StageView) -> Iterator[tuple[str, Asked]]:
    for criterion in view.stage.criteria:
        match criterion:
            case NamedCriterion(name=Named.NO_PERFORMANCE_DEGRADATION):
                for part in parts_of_no_degradation(view.plan):
                    yield criterion.text, Asked(view, part)
            case Criterion(measure=measure) if measure.is_of_requests:
                yield criterion.text, Asked(view, criterion)
    for endpoint, criteria in view.stage.endpoints.items():
        for criterion in criteria:
            if isinstance(criterion, Criterion):
                yield f"{endpoint}: {criterion.text}", Asked(view, criterion, endpoint)
    for promise in critical_promises(view):
        if promise.measure.is_of_requests:
            yield promise.text, Asked(view, promise)
