"""The scripts of the templates, run as the pipelines run them, in a project `harness init` made."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.rollout.exit_code import ExitCode
from tests.ci.gitlab_runner import Pipeline, job_of
from tests.ci.test_templates import COMPONENT, STEP
from tests.docs.pages import ROOT
from tests.real.runs import WITHIN_S, harness, plan

pytestmark = pytest.mark.real
BIN = Path(sys.executable).parent
INPUTS = {"VALUES": "", "RELEASE": "", "OPTIONS": "", "LABEL": "one", "DIRECTORY": "."}


@pytest.fixture
def project(tmp_path):
    assert harness(tmp_path, "init", ".").returncode == 0
    (tmp_path / "canary-gate").mkdir()
    for place in (tmp_path / "canary-gate/bin", tmp_path / ".canary-gate/bin"):
        place.parent.mkdir(exist_ok=True)
        place.symlink_to(BIN)
    return tmp_path


def bash(project, script, **environment):
    shell = shutil.which("bash")
    return subprocess.run(
        [shell, "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=project,
        env={**os.environ, "PLAN": "plan.yaml", "STAGE": "one", "TIME_SCALE": "1", **INPUTS, **environment},
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
        project,
        STEP["Run the stage"],
        RUNNER_TEMP=str(project),
        GITHUB_OUTPUT=str(output),
        GITHUB_ACTIONS="true",
    )
    assert done.returncode == ExitCode.FAIL, done.stderr
    outputs = dict(line.split("=", 1) for line in output.read_text().splitlines())
    assert (outputs["exit-code"], outputs["outcome"]) == ("10", "fail")
    assert all(Path(outputs[name]).exists() for name in ("run-directory", "report", "summary", "junit"))
    assert "::error file=plan.yaml" in done.stdout
    assert (project / "gate/one/junit.xml").exists()
    assert (project / "gate/one/summary.md").exists()


def test_two_plans_in_one_pipeline_of_gitlab_keep_their_evidence_apart(project):
    (project / "a.yaml").write_text(plan())
    (project / "b.yaml").write_text(plan("{embedded: {canary: {errors: 30%}}}", criteria="[error rate < 1%]"))
    pipeline = Pipeline(project, project / "received")
    codes, places = [], []
    for name, file in (("canary 5", "a.yaml"), ("canary-5", "b.yaml")):
        done = pipeline.run(*job_of(COMPONENT, job_name=name, plan=file, stage="one"))
        codes.append(done.returncode)
        places.append(project / "received" / pipeline.variables["CANARY_GATE_EVIDENCE"])
        assert pipeline.variables["CANARY_GATE_EXIT_CODE"] == str(done.returncode), done.stderr
    assert codes[0] in (ExitCode.PASS, ExitCode.INCONCLUSIVE)
    assert codes[1] == ExitCode.FAIL
    for place, word in zip(places, ("plan a", "plan b"), strict=True):
        assert word in (place / "summary.md").read_text()
        assert (place / "junit.xml").is_file()
        assert (place / "reports/latest/report.html").is_file()


def test_a_stage_with_a_hostile_name_runs_nothing(project):
    (project / "plan.yaml").write_text(plan())
    hostile = '"; touch owned; echo "$(touch owned)'
    done = bash(
        project, STEP["Run the stage"], RUNNER_TEMP=str(project), GITHUB_OUTPUT="output", STAGE=hostile
    )
    assert done.returncode == 2
    assert not (project / "owned").exists()


def test_values_and_the_release_reach_the_run_from_both_templates(project):
    (project / "plan.yaml").write_text(plan())
    given = {"VALUES": "load.arrival_rate=77/s\nservice=a b\n", "RELEASE": "v2"}
    pipeline = Pipeline(project, project / "received")
    environment = {"RUNNER_TEMP": str(project), "GITHUB_OUTPUT": str(project / "output")}
    for done in (
        bash(project, STEP["Run the stage"], **given, **environment),
        pipeline.run(*job_of(COMPONENT, job_name="x", plan="plan.yaml", stage="one"), **given),
    ):
        assert done.returncode in (ExitCode.PASS, ExitCode.INCONCLUSIVE), done.stderr
    for root in ("reports", f"{pipeline.variables['CANARY_GATE_EVIDENCE']}/reports"):
        run = json.loads((project / root / "latest/run.json").read_text())
        assert run["plan"]["load"]["arrival_rate"] == "77/s"
        assert (run["plan"]["service"], run["release"]["version"]) == ("a b", "v2")


def test_two_plans_with_a_stage_of_one_name_keep_their_evidence_apart(project):
    labels, names = [], []
    for name in ("a.yaml", "b/a.yaml"):
        output = project / "output"
        output.unlink(missing_ok=True)
        environment = {"PLAN": name, "STAGE": 'x "y"/z', "GIVEN": "", "ACTION": str(ROOT)}
        done = bash(project, STEP["Name what is kept"], GITHUB_OUTPUT=str(output), **environment)
        assert done.returncode == 0, done.stderr
        outputs = dict(line.split("=", 1) for line in output.read_text().splitlines())
        assert outputs["label"].startswith("canary-gate-a-x--y--z-")
        labels.append(outputs["label"])
        names.append(outputs["artifact"])
    assert len(set(labels)) == len(set(names)) == 2


@pytest.mark.parametrize(("there", "method"), [("", "POST"), ("17\n18\n", "PATCH")])
def test_a_comment_is_written_once_and_then_kept_up_to_date(project, there, method):
    gh = project / "gh"
    gh.write_text(
        f'#!/bin/sh\necho "$@" >> {project}/said\ncase "$*" in *paginate*) printf \'{there}\';; esac\n'
    )
    gh.chmod(0o755)
    (project / "summary.md").write_text("# pass\n")
    environment = {
        "PATH": f"{project}:{os.environ['PATH']}",
        "COMMENTS": "repos/o/r/issues/3/comments",
        "COMMENT": "repos/o/r/issues/comments",
        "MARKER": "<!-- canary-gate-a-one -->",
        "SUMMARY": "summary.md",
        "RUNNER_TEMP": str(project),
    }
    done = bash(project, STEP["Comment on the pull request"], **environment)
    assert done.returncode == 0, done.stderr
    last = (project / "said").read_text().splitlines()[-1]
    place = "repos/o/r/issues/comments/17" if there else "repos/o/r/issues/3/comments"
    assert f"--method {method} {place} -F body=@" in last
    assert (project / "canary-gate-comment.md").read_text() == "<!-- canary-gate-a-one -->\n# pass\n"
