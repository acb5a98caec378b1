from dataclasses import replace

import pytest

from harness.judge.finding import Result, Subject
from harness.judge.outcome import Outcome
from harness.judge.verdict import Verdict
from harness.report.text.markdown import summary, text
from tests.report import verdicts


def test_a_summary_opens_with_the_outcome_and_the_reason() -> None:
    lines = summary(verdicts.FAILED, "production", "control-plane").splitlines()
    assert lines[0] == "## ✕ Fail: control-plane, plan production"
    assert lines[2] == r"Stage canary-50 failed: p95 &lt; 150ms. The canary's p95 was 171.2 ms."


def test_stages_that_passed_are_folded_and_those_that_did_not_are_open() -> None:
    found = summary(verdicts.FAILED, "production", "control-plane")
    assert "<details><summary>canary-25: 2 criteria</summary>" in found
    assert "### canary-50" in found
    assert "| canary-75 | | – not run | | | | |" in found


def test_a_note_on_a_stage_that_passed_is_not_folded() -> None:
    note = Result.plain(Outcome.PASS, "Look at the baseline.").of(Subject.of_note("word", "own word"))
    verdict = Verdict(Outcome.PASS, "All held.", (replace(verdicts.FAILED.stages[0], findings=(note,)),))
    unfolded = summary(verdict, "production", "control-plane").partition("<details>")[0]
    assert "\n\ncanary-25, note: own word: Look at the baseline.\n\n" in unfolded


@pytest.mark.parametrize("name", verdicts.EVERY)
def test_every_row_of_every_table_has_as_many_cells_as_its_heading(name: str) -> None:
    blocks = summary(verdicts.EVERY[name], "production", "control-plane").split("\n\n")
    tables = [block.splitlines() for block in blocks if block.startswith("|")]
    assert tables
    for rows in tables:
        assert len({row.replace(r"\|", "").count("|") for row in rows}) == 1


def test_texts_from_outside_are_no_markup_no_mention_and_one_line() -> None:
    shown = text(verdicts.SCRIPT + "\n# heading")
    assert "<" not in shown
    assert "@" not in shown
    assert "\n" not in shown
    assert r"\`ticks\` \*stars\*" in shown
