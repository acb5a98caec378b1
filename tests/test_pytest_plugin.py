"""`pytest --harness-run` in a project of its own: nothing but a pass passes."""

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from harness.judge.codec import to_json
from tests.report.verdicts import FAILED, HOSTILE, INVALID, PASSED, UNDECIDED

pytest_plugins = ["pytester"]
EXAMPLE = Path(__file__).parents[1] / "reports/example"


@pytest.fixture
def outcomes(pytester):
    def of(verdict, *options):
        shutil.copytree(EXAMPLE, pytester.path / "run")
        (pytester.path / "run/verdict.json").unlink()
        if verdict is not None:
            (pytester.path / "run/verdict.json").write_text(to_json(verdict))
        result = pytester.runpytest_inprocess("--harness-run", "run", "-p", "no:cacheprovider", *options)
        return result, {kind: count for kind, count in result.parseoutcomes().items() if kind != "warnings"}

    return of


def test_a_run_that_passed_is_items_that_pass(outcomes):
    result, counts = outcomes(PASSED, "-v")
    assert counts == {"passed": 3}
    result.stdout.fnmatch_lines(["run::canary-25[[]error rate < 0.1%] PASSED*"])


def test_a_failed_run_names_the_criteria_the_reasons_and_the_stages_never_reached(outcomes):
    result, counts = outcomes(FAILED)
    assert counts == {"passed": 4, "failed": 6}
    result.stdout.fnmatch_lines(["*fail: The canary's p95 was 171.2 ms.*", "*not run: the run ended*"])
    assert result.ret == 1


@pytest.mark.parametrize("verdict", [UNDECIDED, INVALID], ids=["inconclusive", "invalid"])
def test_what_is_not_decided_or_not_to_be_trusted_fails(outcomes, verdict):
    _, counts = outcomes(verdict, "-k", "canary-25 and not rate")
    assert counts["failed"] == 2
    assert "passed" not in counts


def test_a_run_without_a_verdict_fails_and_says_so(outcomes):
    result, counts = outcomes(None)
    assert counts == {"failed": 1}
    result.stdout.fnmatch_lines(["*This run has no verdict*"])


def test_a_verdict_worse_than_its_criteria_fails(outcomes):
    _, counts = outcomes(replace(INVALID, stages=PASSED.stages))
    assert counts == {"passed": 2, "failed": 1}


def test_hostile_names_do_no_harm(outcomes):
    result, counts = outcomes(HOSTILE)
    assert counts == {"failed": 4}
    assert "\x1b" not in result.stdout.str().replace("\x1b[", "")


def test_a_directory_that_is_not_a_run_is_a_usage_error(pytester):
    result = pytester.runpytest_inprocess("--harness-run", "nowhere")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*nowhere: there is no such run directory*"])


def test_criteria_stand_beside_ordinary_tests(pytester, outcomes):
    pytester.makepyfile("def test_mine(): pass")
    _, counts = outcomes(PASSED)
    assert counts == {"passed": 4}


def test_without_the_option_nothing_of_the_gate_is_loaded():
    code = "import sys, harness.pytest_plugin; print([m for m in sys.modules if m.startswith('harness.')])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "['harness.pytest_plugin']"
