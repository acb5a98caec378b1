"""Only a run that left a pass behind is a pass."""

import errno
import json
import shutil
from pathlib import Path
from unittest.mock import Mock

import pytest

from harness.app.judging import judge_directory
from harness.ci.run_result import result_of
from harness.judge.codec import to_json
from harness.judge.outcome import Outcome
from harness.record.run_directory import RunDirectory
from harness.rollout.exit_code import ExitCode
from tests.report.verdicts import FAILED, PASSED

EXAMPLE = Path(__file__).parents[2] / "reports/example"


@pytest.fixture
def run(tmp_path):
    path = tmp_path / "run"
    shutil.copytree(EXAMPLE, path)
    (path / "verdict.json").write_text(to_json(PASSED))
    return path


def test_a_verdict_that_is_a_pass_is_0_whatever_the_child_said(run):
    for child in (0, 1, 10, -9):
        found = result_of(run, child)
        assert (found.code, found.verdict, found.run.path) == (ExitCode.PASS, PASSED, run)


def test_a_child_that_ends_with_0_does_not_change_a_failed_run(run):
    (run / "verdict.json").write_text(to_json(FAILED))
    assert result_of(run, 0).code is ExitCode.FAIL


def test_an_interruption_on_record_is_130(run):
    with (run / "events.jsonl").open("a") as events:
        events.write(json.dumps({"event": "interrupted", "t_s": 1.0, "signal": "SIGINT"}) + "\n")
    assert result_of(run, 0).code is ExitCode.INTERRUPTED


@pytest.mark.parametrize(
    ("child", "code"), [(0, 13), (10, 13), (1, 13), (-9, 13), (2, ExitCode.BAD_USAGE), (130, 130)]
)
def test_without_a_run_directory_a_child_can_say_that_it_did_nothing_and_no_more(child, code):
    found = result_of(None, child)
    assert (found.code, found.verdict.outcome, found.run) == (code, Outcome.INVALID, None)


def test_a_directory_that_is_no_run_is_invalid(tmp_path):
    assert result_of(tmp_path, 0).code is ExitCode.INVALID


def test_a_directory_that_was_deleted_is_invalid_and_says_so(tmp_path):
    found = result_of(tmp_path / "gone", 0)
    assert (found.code, found.run) == (ExitCode.INVALID, None)
    assert "was deleted while the run went on" in found.verdict.reason


def test_a_verdict_that_cannot_be_read_is_found_again_from_the_evidence(run):
    (run / "verdict.json").write_text("{")
    assert result_of(run, 0).code is ExitCode.FAIL


def killed(run):
    for name in ("verdict.json", "junit.xml", "summary.md", "report.html"):
        (run / name).unlink(missing_ok=True)
    return run


def test_a_run_that_was_killed_is_judged_and_reported_on_with_the_code_that_judging_it_again_gives(run):
    found = result_of(killed(run), -9)
    assert found.code is ExitCode.FAIL
    assert found.verdict == judge_directory(RunDirectory.open(run))
    assert (run / "junit.xml").exists()
    assert (run / "summary.md").exists()


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left on device"), ValueError("the report"), MemoryError()]
)
def test_whatever_keeps_the_verdict_from_being_written_the_result_is_invalid(run, monkeypatch, error):
    (run / "verdict.json").unlink()
    monkeypatch.setattr("harness.ci.killed_run.write_verdict", Mock(side_effect=error))
    found = result_of(run, 0)
    assert (found.code, found.run) == (ExitCode.INVALID, None)
    assert found.verdict.reason == f"{run} has no verdict: {error}"


def test_a_rollback_that_cannot_be_recorded_leaves_the_run_invalid(run, monkeypatch):
    (run / "verdict.json").unlink()
    events = (run / "events.jsonl").read_text().splitlines()
    (run / "events.jsonl").write_text("\n".join(events[:4]) + "\n")
    full = Mock(side_effect=OSError(errno.ENOSPC, "No space left on device"))
    monkeypatch.setattr("harness.ci.killed_run.is_out", lambda run: True)
    monkeypatch.setattr("harness.ci.killed_run.roll_back", full)
    assert result_of(run, 0).code is ExitCode.INVALID
    assert full.called
