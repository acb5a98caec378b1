"""Ending a stage before its time: the first moment at which it could only fail."""

from __future__ import annotations

from harness.judge.criteria.facts import lasting_facts
from harness.judge.verdict import EarlyFail
from harness.judge.view import StageView
from harness.plan.model import Plan
from harness.record.evidence import StageEvidence


def early_fail(plan: Plan, evidence: StageEvidence) -> EarlyFail | None:
    """Find the first criterion that was surely broken before the end; the same live and afterwards."""
    return early_fail_in(StageView(plan, evidence))


def early_fail_in(view: StageView) -> EarlyFail | None:
    """Find it in a stage that was cut into blocks already."""
    sure = view.aggregate.watch.early_fail
    fails = [*lasting_facts(view), *((sure,) if sure else ())]
    return min(fails, key=lambda fail: fail.at_s, default=None)
