"""Levels of key metrics: a note where a warning level is reached, a failure where a critical one is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from harness.judge.criteria.requests import judge_requests
from harness.judge.criteria.system import judge_system
from harness.judge.decision import Decision
from harness.judge.finding import Finding, Result, Severity, Subject
from harness.judge.outcome import Outcome
from harness.judge.view import StageView
from harness.judge.windows.promises import not_reached
from harness.plan.criteria.criterion import Criterion


@dataclass(frozen=True)
class SeenLevel:
    """A level of the plan whose measure the stage observes."""

    severity: Severity
    level: Criterion

    @property
    def subject(self) -> Subject:
        """What a finding about it is about."""
        return Subject.of_level(self.level.measure.name, self.severity, self.level.text)

    @property
    def avoided(self) -> Criterion:
        """The criterion that the level is not reached."""
        return not_reached(self.level)


def judge_levels(view: StageView) -> tuple[Finding, ...]:
    """Judge the levels reached in a stage; levels that stay out of reach give no finding."""
    results = (*critical_results(view), *_warnings(view))
    return tuple(result.of(seen.subject) for seen, result in results)


def critical_levels(view: StageView) -> Sequence[SeenLevel]:
    """List the critical levels whose measure the stage observes."""
    return _seen(view, "critical")


def critical_results(view: StageView) -> Iterator[tuple[SeenLevel, Result]]:
    """Find critical levels that were reached (fail), or not measured or perhaps reached (inconclusive)."""
    for seen in critical_levels(view):
        decision = _judge(view, seen)
        fails = decision.outcome is Outcome.FAIL
        if fails or _reached(seen.level, decision):
            # Remarks say why it does not fail.
            doubt = "" if fails or decision.remarks else ", but the bounds do not confirm it"
            outcome = Outcome.FAIL if fails else Outcome.INCONCLUSIVE
            yield seen, decision.turned(outcome, f"The critical level was reached{doubt}.").result
        elif decision.estimate.observed is None:
            yield seen, decision.result


def _warnings(view: StageView) -> Iterator[tuple[SeenLevel, Result]]:
    for seen in _seen(view, "warning"):
        decision = _judge(view, seen)
        if _reached(seen.level, decision):
            limit = decision.requirement.spoken(decision.requirement.limit)
            reason = (
                f"{decision.observation}: the warning level was reached (limit {limit}). "
                "A warning alone does not fail a stage."
            )
            yield seen, replace(decision.result, outcome=Outcome.PASS, reason=reason)


def _seen(view: StageView, severity: Severity) -> Sequence[SeenLevel]:
    of_plan = [
        levels.critical if severity == "critical" else levels.warning for levels in view.plan.levels.values()
    ]
    return [SeenLevel(severity, level) for level in of_plan if level and view.design.measures(level.measure)]


def _judge(view: StageView, seen: SeenLevel) -> Decision:
    """Judge the criterion that a level is not reached."""
    judged = judge_requests if seen.level.measure.is_of_requests else judge_system
    return judged(view, seen.avoided)


def _reached(level: Criterion, decision: Decision) -> bool:
    observed, limit = decision.estimate.observed, decision.requirement.limit
    return observed is not None and level.op.holds(observed, limit)
