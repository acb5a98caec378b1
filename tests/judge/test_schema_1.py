"""Verdicts of schema 1 stay readable."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.judge.codec import VerdictError, from_json, to_json
from harness.judge.finding import FindingKind
from harness.judge.outcome import Outcome
from harness.judge.schema_1 import from_schema_1

OLD = (Path(__file__).parent / "fixtures" / "verdict_schema_1.json").read_text("utf-8")
FIRED = {"observed": 1.0, "limit": 0.0, "unit": ""}


def upgraded(criterion, **more):
    """Return one finding of schema 1 as schema 2 has it."""
    finding = {"criterion": criterion, "outcome": "pass", "observed": 1.0, "limit": 2.0, "unit": "ms", **more}
    return from_schema_1({"schema": 1, "stages": [{"findings": [finding]}]})["stages"][0]["findings"][0]


def test_an_old_verdict_keeps_its_outcomes_numbers_and_reasons():
    old, new = json.loads(OLD), from_json(OLD)
    assert new.outcome == old["outcome"]
    assert new.reason == old["reason"]
    for before, after in zip(old["stages"], new.stages, strict=True):
        assert after.outcome == before["outcome"]
        for one, other in zip(before["findings"], after.findings, strict=True):
            assert (other.title, other.outcome, other.reason) == (
                one["criterion"],
                one["outcome"],
                one["reason"],
            )
            assert (other.observed, other.limit, other.n) == (one["observed"], one["limit"], one["n"])


def test_an_old_verdict_is_written_in_the_new_schema():
    new = to_json(from_json(OLD))
    assert json.loads(new)["schema"] == 2
    assert to_json(from_json(new)) == new


def test_what_could_only_fail_early_refers_to_its_finding():
    stage = from_json(OLD).stages[2]
    assert stage.outcome is Outcome.FAIL
    assert stage.early_fail.id in {finding.id for finding in stage.findings}


@pytest.mark.parametrize(
    ("criterion", "id_", "kind", "better"),
    [
        ("p95 < 150ms", "criterion:p95 < 150ms", FindingKind.CRITERION, "lower"),
        ("throughput > 6000/s", "criterion:throughput > 6000/s", FindingKind.CRITERION, "higher"),
        ("GET /tasks: p95 < 80ms", "endpoint:GET /tasks:p95 < 80ms", FindingKind.ENDPOINT, "lower"),
        ("critical: memory > 2.4GB", "level:memory:critical", FindingKind.LEVEL, "lower"),
        ("warning: throughput < 5000/s", "level:throughput:warning", FindingKind.LEVEL, "higher"),
        ("generator on time", "validity:on-time", FindingKind.VALIDITY, "lower"),
        ("split as planned", "validity:split", FindingKind.VALIDITY, None),
        ("note: steady baseline", "note:steady-baseline", FindingKind.NOTE, None),
        ("stable for 1m", "criterion:stable for 1m", FindingKind.CRITERION, "lower"),
        ("anything: else", "criterion:anything: else", FindingKind.CRITERION, None),
    ],
)
def test_a_finding_gets_the_fields_its_text_stood_for(criterion, id_, kind, better):
    found = upgraded(criterion)
    assert (found["id"], found["kind"], found["better"]) == (id_, kind, better)


@pytest.mark.parametrize("criterion", ["error rate > 10% for 20s", "service down for 20s"])
def test_a_trigger_that_fired_loses_the_count_that_stood_for_its_numbers(criterion):
    found = upgraded(criterion, **FIRED)
    assert (found["kind"], found["observed"], found["limit"]) == (FindingKind.TRIGGER, None, None)


documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["stages", "findings", "criterion", "early_fail"]), inner, max_size=4
        )
    ),
)


@given(documents)
def test_a_document_of_another_shape_is_refused_and_nothing_else_happens(stages):
    with pytest.raises(VerdictError):
        from_json(json.dumps({"schema": 1, "stages": stages, "outcome": "fail"}))
