"""Ending a stage before its time: the first moment at which it could only fail."""

from __future__ import annotations

from harness.judge.criteria.facts import lasting_facts
from harness.judge.verdict import EarlyFail
from harness.judge.view import StageView
from harness.plan.model import Plan
from harness.record.evidence import StageEvidence


def early_fail(plan: Plan, evidence: StageEvidence) -> EarlyFail | None:
    """Find the first criterion that was broken before the end; the same live and afterwards."""
    return next(iter(early_fails(StageView(plan, evidence))), None)


def early_fails(view: StageView) -> list[EarlyFail]:
    """List what could only fail before the end, the first one first."""
    broken = view.aggregate.watch.early_fail
    return sorted([*lasting_facts(view), *((broken,) if broken else ())], key=lambda fail: fail.at_s)
