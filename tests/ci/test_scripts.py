"""The scripts of the templates, run as the pipelines run them, in a project `harness init` made."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.rollout.exit_code import ExitCode
from tests.ci.test_templates import JOB, SCRIPTS
from tests.real.runs import WITHIN_S, harness, plan

pytestmark = pytest.mark.real
BIN = Path(sys.executable).parent


@pytest.fixture
def project(tmp_path):
    assert harness(tmp_path, "init", ".").returncode == 0
    (tmp_path / "canary-gate").mkdir()
    for place in (tmp_path / "canary-gate/bin", tmp_path / ".venv/bin"):
        place.parent.mkdir(exist_ok=True)
        place.symlink_to(BIN)
    return tmp_path


def bash(project, script, **environment):
    shell = shutil.which("bash")
    return subprocess.run(
        [shell, "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=project,
        env={**os.environ, "PLAN": "plan.yaml", "STAGE": "one", "TIME_SCALE": "1", **environment},
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )


def test_the_actions_step_ends_with_the_verdict_and_tells_it(project):
    (project / "plan.yaml").write_text(
        plan("{embedded: {canary: {errors: 30%}}}", criteria="[error rate < 1%]")
    )
    output = project / "output"
    done = bash(
        project, SCRIPTS[1], RUNNER_TEMP=str(project), GITHUB_OUTPUT=str(output), GITHUB_ACTIONS="true"
    )
    assert done.returncode == ExitCode.FAIL, done.stderr
    assert output.read_text() == "exit-code=10\n"
    assert "::error file=plan.yaml" in done.stdout
    assert (project / "gate/junit.xml").exists()
    assert (project / "gate/summary.md").exists()


def test_gitlabs_script_ends_with_the_verdict_and_leaves_its_report(project):
    (project / "plan.yaml").write_text(plan())
    done = bash(project, "\n".join(JOB["script"]))
    assert done.returncode == 0, done.stderr
    assert (project / JOB["artifacts"]["reports"]["junit"]).exists()


def test_a_stage_with_a_hostile_name_runs_nothing(project):
    (project / "plan.yaml").write_text(plan())
    hostile = '"; touch owned; echo "$(touch owned)'
    done = bash(project, SCRIPTS[1], RUNNER_TEMP=str(project), GITHUB_OUTPUT="output", STAGE=hostile)
    assert done.returncode == 2
    assert not (project / "owned").exists()
