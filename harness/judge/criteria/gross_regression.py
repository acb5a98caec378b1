"""The finding of the built-in alarm: the canary was far slower than the baseline, whether or not asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from harness.judge.finding import Finding, Result
from harness.judge.outcome import Outcome
from harness.judge.sequential.gross import GROSS_QUANTILE, gross_of
from harness.judge.sequential.watch import GROSS_REGRESSION
from harness.judge.view import StageView
from harness.judge.words import PERCENT, duration


def gross_regression(view: StageView) -> Iterator[Finding]:
    """Report a gross regression, if the built-in test found one: the stretch of time that showed it."""
    stretch = view.aggregate.watch.gross
    if stretch is None:
        return
    share, factor = stretch.bad / stretch.requests, 1 + gross_of(view.design)
    limit = 1 - GROSS_QUANTILE
    reason = (
        f"From {duration(stretch.from_s)} to {duration(stretch.until_s)} into the stage "
        f"{PERCENT.spoken(share)} of the canary's requests failed or took longer than {factor:g} times the "
        f"{view.design.reference}'s p95; at most {PERCENT.spoken(limit)} may."
    )
    outcome = Outcome.INVALID if view.late else Outcome.FAIL
    result = Result.fact(outcome, reason, 100 * share, 100 * limit, "%", stretch.requests, "lower")
    decided_at_s = stretch.until_s if outcome is Outcome.FAIL else None
    yield replace(result, decided_at_s=decided_at_s).of(GROSS_REGRESSION)
