from xml.etree import ElementTree as ET

import pytest

from harness.judge.verdict import Verdict
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
