"""The scripts of the action and of the component, run in a shell with the environment of their runners."""

import json
import os
import stat
from pathlib import Path

import pytest

from tests.ci.action_runner import ActionRunner
from tests.ci.gitlab_runner import Pipeline, job_of

ROOT = Path(__file__).parents[2]
COMPONENT = ROOT / "templates/canary-gate.yml"
PULL_REQUEST = {
    "github.repository": "shop/cart",
    "github.event.pull_request.number": "17",
    "github.token": "secret",
}
# It notes how it was called, and answers as a gate that found the canary worse.
HARNESS = """#!/bin/bash
printf '%s\\n' "$@" > "$PWD/called"
while [ $# -gt 0 ]; do
  case "$1" in --junit|--summary) mkdir -p "$(dirname "$2")"; echo "$1" > "$2";; esac
  shift
done
printf 'outcome=fail\\nsummary=%s\\n' "$PWD/summary.md" >> "${GITHUB_OUTPUT:-/dev/null}"
printf '## fail\\n' > summary.md
exit 10
"""
# It keeps the comments of a pull request in a file, as the interface of GitHub would.
GH = """#!/usr/bin/env python3
import json, os, pathlib, sys
kept = pathlib.Path(os.environ["COMMENTS_KEPT"])
comments = json.loads(kept.read_text()) if kept.exists() else []
words = sys.argv[1:]
if "--jq" in words:
    print("\\n".join(str(c["id"]) for c in comments if c["body"].startswith(os.environ["MARKER"])))
    sys.exit()
body = pathlib.Path(words[-1].removeprefix("body=@")).read_text()
if "PATCH" in words:
    number = int(words[words.index("PATCH") + 1].rpartition("/")[2])
    next(c for c in comments if c["id"] == number)["body"] = body
else:
    comments.append({"id": len(comments) + 1, "body": body})
kept.write_text(json.dumps(comments))
"""


def executable(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def runner(tmp_path):
    executable(tmp_path / "temp/canary-gate/bin/harness", HARNESS)
    executable(tmp_path / "bin/gh", GH)
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    return ActionRunner(ROOT, tmp_path / "temp", PULL_REQUEST, path)


@pytest.fixture
def workspace(tmp_path):
    for name in ("shop", "cart"):
        (tmp_path / "work" / name).mkdir(parents=True)
    return tmp_path / "work"


def named(runner, workspace, **inputs):
    runner.use(workspace, **inputs)
    assert runner.run("Name what is kept").returncode == 0
    return runner.values["steps.names.outputs.label"], runner.values["steps.names.outputs.artifact"]


def test_two_plans_of_one_name_and_stage_in_one_workflow_do_not_clash(runner, workspace):
    uses = [
        {"plan": "plans/canary.yaml", "stage": "canary-5"},
        {"plan": "other/canary.yaml", "stage": "canary-5"},
        {"plan": "plans/canary.yaml", "stage": "canary-25"},
        {"plan": "plans/canary.yaml", "stage": "canary-5", "working_directory": "shop"},
        {"plan": "plans/canary.yaml", "stage": "canary-5", "working_directory": "cart"},
        {"plan": f"{'long' * 40}/a.yaml", "stage": "x" * 200},
        {"plan": f"{'long' * 40}/a.yaml", "stage": "x" * 199 + "y"},
    ]
    labels, artifacts = zip(*(named(runner, workspace, **use) for use in uses), strict=True)
    assert len(set(labels)) == len(set(artifacts)) == len(uses)
    assert named(runner, workspace, **uses[0])[0] == labels[0]
    assert max(map(len, artifacts)) < 128


def test_the_gate_gets_every_input_as_one_word_and_its_code_is_that_of_the_step(runner, workspace):
    named(
        runner,
        workspace,
        plan="plans/canary.yaml",
        stage="canary 5",
        working_directory="shop",
        set="targets.canary=https://a.test/?x=1&y=$(touch pwned)\n\nload.arrival_rate=200/s\n",
        release="v1 `id`",
        options="--tags\nslow",
    )
    done = runner.run("Run the stage")
    assert done.returncode == 10, done.stderr
    called = (workspace / "shop/called").read_text().splitlines()
    assert called[:5] == ["gate", "plans/canary.yaml", "--stage", "canary 5", "--time-scale"]
    for words in (
        ["--set", "targets.canary=https://a.test/?x=1&y=$(touch pwned)"],
        ["--set", "load.arrival_rate=200/s"],
        ["--release", "v1 `id`"],
        ["--tags", "slow"],
    ):
        at = called.index(words[1])
        assert called[at - 1 : at + 1] == words
    assert not (workspace / "shop/pwned").exists()
    assert runner.values["steps.gate.outputs.exit-code"] == "10"
    assert runner.values["steps.gate.outputs.outcome"] == "fail"


def test_each_plan_has_one_comment_that_is_kept_up_to_date(runner, workspace, tmp_path):
    kept = tmp_path / "comments.json"
    for plan in ("a/canary.yaml", "b/canary.yaml", "a/canary.yaml"):
        named(runner, workspace, plan=plan, stage="canary-5")
        runner.run("Run the stage")
        done = runner.run("Comment on the pull request", COMMENTS_KEPT=str(kept))
        assert done.returncode == 0, done.stderr
    comments = json.loads(kept.read_text())
    assert len(comments) == 2
    assert all(comment["body"].endswith("## fail\n") for comment in comments)


@pytest.mark.parametrize("shell", ["bash", "sh"])
def test_the_component_runs_the_gate_in_any_posix_shell(tmp_path, workspace, shell):
    executable(workspace / ".canary-gate/bin/harness", HARNESS)
    pipeline = Pipeline(workspace, tmp_path / "received")
    name, job = job_of(
        COMPONENT,
        job_name="canary-5",
        plan="plans/canary.yaml",
        stage="canary 5",
        working_directory="shop",
        set="a.b=$(touch pwned) 'x'\nc=d\n",
        release="v1",
    )
    done = pipeline.run(name, job, shell)
    assert done.returncode == 10, done.stderr
    called = (workspace / "shop/called").read_text().splitlines()
    assert called[called.index("--set") :] == [
        "--set",
        "a.b=$(touch pwned) 'x'",
        "--set",
        "c=d",
        "--release",
        "v1",
    ]
    assert (tmp_path / "received/gate/canary-5-1/junit.xml").is_file()
    assert not (workspace / "shop/pwned").exists()


def test_jobs_of_gitlab_whose_names_give_one_slug_hand_on_evidence_of_their_own(tmp_path, workspace):
    executable(workspace / ".canary-gate/bin/harness", HARNESS)
    pipeline = Pipeline(workspace, tmp_path / "received")
    _, job = job_of(COMPONENT, plan="a.yaml", stage="canary-5")
    places = []
    # The last is one of `parallel: matrix`, with variables of its own.
    for name, matrix in (("canary 5", {}), ("canary-5", {}), ("canary-5: [b.yaml]", {"PLAN": "b.yaml"})):
        pipeline.run(name, job, **matrix)
        places.append(pipeline.variables["CANARY_GATE_EVIDENCE"])
        assert pipeline.variables["CANARY_GATE_EXIT_CODE"] == "10"
    assert len(set(places)) == 3
    assert all((tmp_path / "received" / place / "summary.md").is_file() for place in places)
    assert (workspace / "called").read_text().splitlines()[1] == "b.yaml"
