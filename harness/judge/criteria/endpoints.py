"""Every endpoint looked at, asked or not: one at which the canary is far worse fails the stage, and is named.

It may fail a stage and is never needed for a pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from harness.judge.bound_criterion import BoundCriterion
from harness.judge.comparisons.error_rate import error_difference
from harness.judge.criteria.context import CriterionContext
from harness.judge.criteria.lasting import lasting
from harness.judge.decision import Decision, decide
from harness.judge.finding import Finding, FindingKind
from harness.judge.outcome import Outcome
from harness.judge.stats.bounds import Risks
from harness.judge.stats.limit_test import Care, is_surely
from harness.judge.stats.rates import error_difference_estimate, error_difference_test
from harness.judge.view import LATE, StageView
from harness.judge.windows.budget import WRONG_PASS
from harness.plan.criteria.change import Difference, Ratio
from harness.plan.criteria.compare import Op
from harness.plan.criteria.criterion import Criterion
from harness.plan.criteria.measure import measure_named
from harness.record.histograms.tag import Kind

MIN_REQUESTS = 100
"""An endpoint with fewer requests of either variant is not looked at."""
MAX_NAMED = 10
"""When more endpoints are far worse, the whole service is: these are enough."""
FAR_SLOWER = 0.2
"""A p95 this much above the baseline's is far worse: twice what a plan tolerates, where that is more."""
RISK_OF_SLOWNESS = 0.9
"""Of an endpoint's risk: slowness is harder to show than errors, whose share decides little."""
MORE_ERRORS = Criterion("no more errors", measure_named("error rate"), Op.LE, Difference(0.01))
"""One percentage point more errors than the baseline is far worse."""


def judge_endpoints(view: StageView) -> Iterator[Finding]:
    """Find the endpoints at which the canary is far slower or fails far more, the largest first."""
    mode, mix = view.plan.judge.endpoints, view.blocks.mix
    if mode == "off" or not view.has_both or len(mix.endpoints) < 2:
        return
    names = [name for name in mix.single if mix.least(name) >= MIN_REQUESTS]
    risk = view.budget.endpoint(len(names))
    found = (decision for name in names for decision in _far_worse(view, name, risk))
    for bound, decision in islice(found, MAX_NAMED):
        yield _finding(bound, decision, noted=mode == "note")


def _far_worse(view: StageView, name: str, risk: float) -> Iterator[tuple[BoundCriterion, Decision]]:
    limit = Ratio(max(FAR_SLOWER, 2 * view.plan.judge.tolerance))
    slower = Criterion("no gross regression", measure_named("p95"), Op.LE, limit)
    for criterion, judge, part in (
        (slower, _slower, RISK_OF_SLOWNESS),
        (MORE_ERRORS, _failing, 1 - RISK_OF_SLOWNESS),
    ):
        bound = BoundCriterion(criterion, name, view.design.reference)
        decision = judge(CriterionContext(view, bound), risk * part)
        if decision is not None and decision.outcome is not Outcome.INCONCLUSIVE:
            yield bound, decision


def _finding(bound: BoundCriterion, decision: Decision, *, noted: bool) -> Finding:
    if not noted:
        return decision.result.of(bound.subject)
    subject = replace(bound.subject, id=f"note:{bound.subject.id}", kind=FindingKind.NOTE)
    return replace(decision.result, outcome=Outcome.PASS).of(subject)


def _slower(context: CriterionContext, risk: float) -> Decision | None:
    """Compare the p95 with failures as never answered."""
    merged = context.blocks.merged
    compared = context.bound.change(merged.pairs(lambda variant: variant.never_answered(Kind.RESPONSE)))
    if compared is None or not is_surely(compared.test, risk, Care.END, above=True):
        return None
    decision = decide(context.bound.requirement, compared.within(Risks(risk, WRONG_PASS)))
    decision = lasting(context, decision, compared.test, merged)
    if decision.outcome is Outcome.FAIL and context.view.late:
        return decision.turned(Outcome.INVALID, LATE)
    return decision


def _failing(context: CriterionContext, risk: float) -> Decision | None:
    blocks = context.blocks
    rates = error_difference(blocks.pairs(lambda variant: variant.response))
    if rates is None:
        return None
    test = error_difference_test(rates, context.bound.limit)
    if not is_surely(test, risk, Care.END, above=True):
        return None
    decision = decide(context.bound.requirement, error_difference_estimate(rates, Risks(risk, WRONG_PASS)))
    return lasting(context, decision, test, blocks)
