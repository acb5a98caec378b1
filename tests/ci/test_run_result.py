"""Only a run that left a pass behind is a pass."""

import json
import shutil
from pathlib import Path

import pytest

from harness.ci.load_process import meaning
from harness.ci.run_result import directories, result_of
from harness.judge.codec import to_json
from harness.judge.outcome import Outcome
from harness.rollout.exit_code import ExitCode
from tests.report.verdicts import FAILED, PASSED

EXAMPLE = Path(__file__).parents[2] / "reports/example"
PLAN = (EXAMPLE / "plan.yaml").read_text()
STAGE = ["canary-5"]


@pytest.fixture
def root(tmp_path):
    (tmp_path / "before").mkdir()
    return tmp_path


def add(root, name="run", verdict=PASSED, stages=STAGE):
    path = root / name
    shutil.copytree(EXAMPLE, path)
    run = json.loads((path / "run.json").read_text()) | {"stages": stages}
    (path / "run.json").write_text(json.dumps(run))
    (path / "verdict.json").unlink(missing_ok=True)
    if verdict is not None:
        (path / "verdict.json").write_text(to_json(verdict))
    return path


def result(root, code):
    return result_of(root, frozenset({"before"}), PLAN, STAGE, code)


def test_a_pass_is_an_exit_code_of_0_and_a_verdict_that_says_so(root):
    path = add(root)
    found = result(root, ExitCode.PASS)
    assert (found.code, found.verdict, found.run.path) == (ExitCode.PASS, PASSED, path)


def test_an_exit_code_of_0_without_a_verdict_that_is_a_pass_is_invalid(root):
    add(root, verdict=FAILED)
    assert result(root, ExitCode.PASS).code is ExitCode.INVALID


@pytest.mark.parametrize(
    "code", [ExitCode.FAIL, ExitCode.INCONCLUSIVE, ExitCode.ROLLED_BACK, ExitCode.INTERRUPTED]
)
def test_any_other_exit_code_is_passed_on(root, code):
    add(root, verdict=PASSED)
    assert result(root, code).code is code


def test_no_run_directory_is_invalid_and_a_bad_plan_keeps_its_code(root):
    assert result(root, ExitCode.PASS).code is ExitCode.INVALID
    assert result(root, ExitCode.INVALID).verdict.outcome is Outcome.INVALID
    assert result(root, ExitCode.BAD_USAGE).code is ExitCode.BAD_USAGE


def test_runs_of_another_plan_another_stage_or_from_before_are_not_taken(root):
    add(root, "other-stage", stages=["canary-25"])
    (add(root, "other-plan") / "plan.yaml").write_text("service: another")
    (root / "latest").symlink_to(add(root, "before/run"))
    (root / "torn").mkdir()
    assert result(root, ExitCode.PASS).run is None


def test_two_runs_at_once_are_invalid_because_either_could_be_meant(root):
    add(root, "one")
    add(root, "two")
    found = result(root, ExitCode.PASS)
    assert found.code is ExitCode.INVALID
    assert "one, two" in found.verdict.reason


def test_a_run_that_was_killed_is_judged_reported_on_and_no_pass(root):
    path = add(root, verdict=None)
    for name in ("junit.xml", "summary.md", "report.html"):
        (path / name).unlink(missing_ok=True)
    found = result(root, meaning(-9))
    assert found.code is ExitCode.INVALID
    assert (path / "junit.xml").exists()
    assert (path / "summary.md").exists()


def test_a_missing_directory_of_runs_is_empty(tmp_path):
    assert directories(tmp_path / "none") == frozenset()
