"""The verbs that run something, where there is nothing to run."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli.main import main
from harness.rollout.exit_code import ExitCode

EXAMPLE = Path(__file__).parents[2] / "reports/example"


def invoke(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.mark.parametrize("verb", ["run", "gate"])
def test_a_plan_that_is_missing_starts_nothing(nowhere, verb):
    stage = ["--stage", "one"] if verb == "gate" else []
    result = invoke(verb, "none.yaml", *stage)
    assert result.exit_code == ExitCode.BAD_USAGE
    assert result.stderr.startswith("none.yaml: cannot be read")


def test_a_directory_without_load_tests_says_how_to_make_them(nowhere):
    invoke("init", "project")
    Path("project/loadtests/service.py").unlink()
    result = invoke("run", "project/loadtests/plans/canary.yaml")
    assert result.exit_code == ExitCode.BAD_USAGE
    assert "there are no users beside project/loadtests/plans/canary.yaml; `harness init`" in result.stderr


@pytest.mark.real
def test_an_unknown_option_is_refused_by_locust_with_a_hint_at_its_help(tmp_path):
    plan = EXAMPLE.parents[1] / "loadtests/plans/quick.yaml"
    command = [sys.executable, "-m", "harness.cli.main", "run", str(plan), "--nonsense"]
    done = subprocess.run(
        command, cwd=EXAMPLE.parents[1], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "locust: error: unrecognized arguments: --nonsense",
        "Options after PLAN go to Locust; `locust --help` lists them.",
    ]
