"""What an unequal baseline may explain, where nothing equal stands beside the canary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from harness.judge.finding import Finding, Result, Subject
from harness.judge.outcome import Outcome
from harness.judge.sequential.watch import GROSS_REGRESSION
from harness.judge.view import StageView
from harness.judge.words import counted
from harness.plan.variant import Variant

NO_CONTROL = Subject.of_note("no-control", "no control")


def fresh_instances(view: StageView, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Note that a canary that looks worse than the baseline may only be fresher than it."""
    worse = sum(map(_looks_worse, findings))
    if view.design.reference is Variant.CONTROL or not worse:
        return
    reason = (
        f"{counted(worse, 'comparison')} found the canary worse. "
        "The baseline has run for longer than the canary: cold caches, few open connections and code that is "
        "not compiled yet look like a slower version. Only a `control`, fresh instances of the baseline's "
        "version, tells these apart; name one in the plan."
    )
    yield Result.count(Outcome.PASS, worse, reason, worse).of(NO_CONTROL)


def _looks_worse(finding: Finding) -> bool:
    if finding.outcome is Outcome.PASS or finding.observed is None or finding.limit is None:
        return False
    if not finding.relative and finding.id != GROSS_REGRESSION.id:
        return False
    is_above = finding.observed > finding.limit
    return is_above if finding.better == "lower" else not is_above
