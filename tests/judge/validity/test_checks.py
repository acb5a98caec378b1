"""Checks by the source of the evidence."""

import math

import pytest

from harness.judge.finding import FindingKind
from harness.judge.validity.checks import checks_of
from harness.judge.view import StageView
from harness.record.evidence_source import EvidenceSource
from tests.judge.simulator import plan_of, simulate

PLAN = plan_of(["p95 < 150ms"])


@pytest.mark.parametrize("source", EvidenceSource)
def test_every_source_has_checks_that_give_findings_about_validity(source):
    view = StageView(PLAN, simulate(PLAN))
    findings = [check(view, math.inf) for check in checks_of(source)]
    assert findings
    assert {finding.kind for finding in findings} == {FindingKind.VALIDITY}
    assert len({finding.id for finding in findings}) == len(findings)


def test_evidence_of_the_load_generator_is_checked_for_what_a_generator_can_do_wrong():
    view = StageView(PLAN, simulate(PLAN))
    assert [check(view, math.inf).id for check in checks_of(EvidenceSource.LOAD)] == [
        "validity:on-time",
        "validity:accounted",
        "validity:delivered",
        "validity:split",
    ]
