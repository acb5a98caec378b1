from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest

from harness.judge.outcome import Outcome
from harness.judge.verdict import Verdict
from harness.report.data.stage_span import StageSpan
from harness.report.text.junit import junit
from tests.report import verdicts


def parsed(verdict: Verdict) -> ET.Element:
    return ET.fromstring(junit(verdict, "production").encode())


def cases(verdict: Verdict) -> dict[str, str]:
    """Each case and what became of it; a bare case passed."""
    return {
        f"{case.get('classname')}/{case.get('name')}": next(
            (child.tag for child in case if child.tag in {"failure", "error", "skipped"}), "passed"
        )
        for case in parsed(verdict).iter("testcase")
    }


def test_a_criterion_is_a_case_and_a_stage_that_was_not_run_is_skipped() -> None:
    assert cases(verdicts.FAILED) == {
        "canary-25/error rate < 0.1%": "passed",
        "canary-25/health checks passing": "passed",
        "canary-50/error rate < 0.1%": "passed",
        "canary-50/p95 < 150ms": "failure",
        "canary-50/no performance degradation": "failure",
        "canary-75/stage": "skipped",
        "canary-100/stage": "skipped",
    }


def test_inconclusive_is_a_failure_of_its_own_type_because_skipped_cases_count_as_success() -> None:
    failure = next(parsed(verdicts.UNDECIDED).iter("failure"))
    assert failure.get("type") == "inconclusive"


def test_invalid_is_an_error_because_nothing_was_tested() -> None:
    assert cases(verdicts.INVALID)["canary-25/generator on time"] == "error"
    assert list(cases(verdicts.NOTHING).values()) == ["error"]


@pytest.mark.parametrize("name", verdicts.EVERY)
def test_the_counts_of_every_document_are_those_of_its_cases(name: str) -> None:
    root = parsed(verdicts.EVERY[name])
    for holder in (root, *root.iter("testsuite")):
        assert int(holder.get("tests", -1)) == len(list(holder.iter("testcase")))
        assert int(holder.get("failures", -1)) == len(list(holder.iter("failure")))
        assert int(holder.get("errors", -1)) == len(list(holder.iter("error")))


@pytest.mark.parametrize("name", [name for name in verdicts.EVERY if name != "passed"])
def test_only_a_pass_has_neither_failures_nor_errors(name: str) -> None:
    root = parsed(verdicts.EVERY[name])
    assert int(root.get("failures", 0)) + int(root.get("errors", 0)) > 0


def test_a_stage_that_is_worse_than_all_its_findings_shows_in_the_counts() -> None:
    verdict = Verdict(
        verdicts.INVALID.outcome,
        "?",
        (verdicts.stage("canary-5", verdicts.INVALID.outcome, verdicts.ERRORS),),
    )
    assert cases(verdict) == {"canary-5/error rate < 0.1%": "passed", "canary-5/stage": "error"}


def test_hostile_texts_survive_a_strict_parser_without_control_characters() -> None:
    text = junit(verdicts.HOSTILE, verdicts.SCRIPT)
    case = next(ET.fromstring(text.encode()).iter("testcase"))
    assert "<script>alert('x')</script>" in str(case.get("name"))
    assert not any(ord(char) < 0x20 and char not in "\n\t" for char in text)


KNOWN = {
    "testsuites": {"name", "time", "tests", "failures", "errors"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time", "timestamp", "file"},
    "properties": set(),
    "property": {"name", "value"},
    "testcase": {"name", "classname", "time"},
    "failure": {"type", "message"},
    "error": {"type", "message"},
    "skipped": {"message"},
    "system-out": set(),
}
"""The elements and attributes of junit-10.xsd that are written."""

SPANS = {"canary-25": StageSpan(datetime(2026, 1, 8, 9, 0, 1, tzinfo=UTC), 900.0)}


@pytest.mark.parametrize("name", verdicts.EVERY)
def test_no_element_has_an_attribute_that_the_schema_of_readers_does_not_know(name: str) -> None:
    root = ET.fromstring(junit(verdicts.EVERY[name], "production", {"version": "v2"}, SPANS).encode())
    for element in root.iter():
        assert set(element.keys()) <= KNOWN[element.tag], element.tag
    for suite in root.iter("testsuite"):
        assert [child.tag for child in suite][:1] == ["properties"]


def test_a_suite_has_the_time_of_its_stage_and_a_case_that_of_its_decision() -> None:
    early = replace(verdicts.P95, decided_at_s=84.25)
    stage = verdicts.stage("canary-25", Outcome.FAIL, early, verdicts.ERRORS)
    text = junit(Verdict(Outcome.FAIL, "?", (stage,)), "production", spans=SPANS)
    root = ET.fromstring(text.encode())
    (suite,) = root
    assert (root.get("time"), suite.get("time")) == ("900.000", "900.000")
    assert suite.get("timestamp") == "2026-01-08T09:00:01"
    assert [case.get("time") for case in suite.iter("testcase")] == ["84.250", "900.000"]


def test_a_suite_names_the_plan_and_says_what_its_stage_was() -> None:
    text = junit(verdicts.FAILED, "production", {"commit": "1f3c9e0"}, file="loadtests/plans/canary.yaml")
    suite = ET.fromstring(text.encode())[0]
    found = {str(each.get("name")): each.get("value") for each in suite.iter("property")}
    assert suite.get("file") == "loadtests/plans/canary.yaml"
    assert found["outcome"] == "pass"
    assert found["weight"] == "50%"
    assert found["release.commit"] == "1f3c9e0"
    assert {"arrival_rate_per_s", "requests.canary", "requests.baseline"} <= set(found)
