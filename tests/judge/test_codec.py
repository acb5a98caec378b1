"""verdict.json."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.judge.codec import VerdictError, from_json, to_json
from harness.judge.finding import Finding, FindingKind, Result, Subject
from harness.judge.outcome import Outcome
from harness.judge.verdict import ErrorBudget, RiskShare, StageVerdict, Verdict

numbers = st.one_of(st.none(), st.floats(-1e12, 1e12))
texts = st.text(st.characters(codec="utf-8"), max_size=20)
findings = st.builds(
    Finding,
    id=texts,
    kind=st.sampled_from(FindingKind),
    criterion=texts,
    endpoint=st.none() | texts,
    severity=st.sampled_from([None, "warning", "critical"]),
    outcome=st.sampled_from(Outcome),
    reason=texts,
    measure=st.none() | texts,
    relative=st.booleans(),
    better=st.sampled_from([None, "lower", "higher"]),
    observed=numbers | st.just(math.inf),
    limit=numbers,
    unit=texts,
    lower=numbers,
    upper=numbers,
    baseline=numbers,
    baseline_unit=texts,
    n=st.integers(0, 2**59),
    blocks=st.none() | st.integers(0, 10**6),
    detectable=numbers,
    decided_at_s=numbers,
)
budgets = st.builds(
    ErrorBudget, *(st.floats(0, 1), st.integers(0, 99), st.integers(1, 3)), *[st.floats(0, 1)] * 2
)
stages = st.builds(
    StageVerdict,
    texts,
    st.floats(0, 1),
    st.sampled_from(Outcome),
    st.fixed_dictionaries({"baseline": st.integers(0, 2**40), "canary": st.integers(0, 2**40)}),
    st.floats(0, 1e6),
    st.floats(0, 1e6),
    st.fixed_dictionaries({key: st.integers(0, 10**9) for key in ("p50", "p95", "p99", "max")}),
    st.integers(0, 10**9),
    st.lists(findings, max_size=3).map(tuple),
    st.one_of(st.none(), budgets),
)
verdicts = st.builds(
    Verdict,
    st.sampled_from(Outcome),
    texts,
    st.lists(stages, max_size=3).map(tuple),
    st.lists(texts, max_size=3).map(tuple),
)


@given(verdicts)
def test_a_verdict_read_back_writes_the_same_bytes(verdict):
    text = to_json(verdict)
    assert to_json(from_json(text)) == text
    assert text.endswith("\n")


def test_a_finding_that_was_never_answered_says_so_and_reads_back():
    lost, kept = (
        Result(outcome=Outcome.FAIL, reason="Why.", observed=value).of(
            Subject.of_criterion(f"p95 < {value}ms")
        )
        for value in (math.inf, 5.0)
    )
    requests, lateness = {"baseline": 1, "canary": 2}, {}
    stage = StageVerdict("canary-5", 0.05, Outcome.FAIL, requests, 1.0, 1.0, lateness, 0, (lost, kept))
    text = to_json(Verdict(Outcome.FAIL, "Why.", (stage,)))
    first, second = json.loads(text)["stages"][0]["findings"]
    assert (first["observed"], first["never_answered"]) == (None, True)
    assert "never_answered" not in second
    assert from_json(text).stages[0].findings == (lost, kept)


def test_the_shape_is_the_documented_one():
    finding = Result(
        outcome=Outcome.PASS,
        reason="Why.",
        measure="p95",
        better="lower",
        observed=61.23456789,
        limit=150.0,
        unit="ms",
        lower=60.9,
        upper=math.inf,
        baseline=60.0,
        baseline_unit="ms",
        n=105_000,
        blocks=28,
        detectable=151.2,
    ).of(Subject.of_criterion("p95 < 150ms", "GET /tasks"))
    shares = (RiskShare("criteria", 3, 0.005 / 3),)
    budget = ErrorBudget(0.01, comparisons=1, ends=3, each_look=0.0025, each_end=0.005 / 3, shares=shares)
    lateness = {"p50": 0, "p95": 1, "p99": 2, "max": 3}
    requests = {"baseline": 1, "canary": 2}
    stage = StageVerdict(
        "canary-5", 0.05, Outcome.PASS, requests, 7000.0, 6998.7, lateness, 0, (finding,), budget
    )
    document = json.loads(to_json(Verdict(Outcome.PASS, "All held.", (stage,), ("full",))))
    assert document == {
        "schema": 2,
        "outcome": "pass",
        "reason": "All held.",
        "not_run": ["full"],
        "rollback": None,
        "stages": [
            {
                "name": "canary-5",
                "weight": 0.05,
                "outcome": "pass",
                "requests": {"baseline": 1, "canary": 2},
                "planned_rate": 7000.0,
                "achieved_rate": 6998.7,
                "lateness_us": lateness,
                "dropped": 0,
                "findings": [
                    {
                        "id": "endpoint:GET /tasks:p95 < 150ms",
                        "kind": "endpoint",
                        "criterion": "p95 < 150ms",
                        "endpoint": "GET /tasks",
                        "severity": None,
                        "measure": "p95",
                        "relative": False,
                        "better": "lower",
                        "outcome": "pass",
                        "observed": 61.2346,
                        "baseline": 60.0,
                        "baseline_unit": "ms",
                        "decided_at_s": None,
                        "since_s": None,
                        "until_s": None,
                        "limit": 150.0,
                        "unit": "ms",
                        "lower": 60.9,
                        "upper": None,
                        "n": 105_000,
                        "reason": "Why.",
                        "blocks": 28,
                        "detectable": 151.2,
                    }
                ],
                "error_budget": {
                    "alpha": 0.01,
                    "comparisons": 1,
                    "ends": 3,
                    "each_look": 0.0025,
                    "each_end": 0.00166667,
                    "shares": [{"what": "criteria", "tests": 3, "each": 0.00166667}],
                },
                "early_fail": None,
            }
        ],
    }


GOOD = to_json(Verdict(Outcome.INVALID, "Nothing was judged.", ()))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GOOD[: len(GOOD) // 2], "cannot be read"),
        ("", "cannot be read"),
        ("[]", "not a JSON object"),
        (GOOD.replace('"schema": 2', '"schema": 99'), "schema 99"),
        (GOOD.replace('"invalid"', '"splendid"'), "outcome"),
        ('{"schema": 1}', "not valid"),
        ('{"schema": 2}', "not valid"),
    ],
)
def test_a_text_that_is_no_verdict_is_refused_with_the_reason(text, says):
    with pytest.raises(VerdictError, match=says):
        from_json(text)


@given(st.text(max_size=60))
def test_garbage_is_refused_and_nothing_else_happens(text):
    with pytest.raises(VerdictError):
        from_json(text)
