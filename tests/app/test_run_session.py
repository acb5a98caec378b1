import json
import subprocess
import sys

import pytest

from harness.app.run_session import RunRequest, RunSession, StartError
from harness.plan.loader import read_plan_file
from tests.rollout.probes.answering import answering
from tests.rollout.scripted import plan_text

HERE = "http://127.0.0.1:9"


def plan_for(url):
    return plan_text().replace("targets: embedded", f"targets: {{baseline: {url}, canary: {url}}}")


def test_a_source_other_than_locust_runs_to_a_verdict_and_a_report(tmp_path):
    file = tmp_path / "plan.yaml"
    with answering(1) as url:
        file.write_text(plan_for(url))
        done = subprocess.run(
            [sys.executable, "-m", "tests.app.run_without_locust", file],
            env={"PYTHONPATH": ":".join(sys.path), "PATH": "", "HOME": str(tmp_path)},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    *shown, last = done.stdout.splitlines()
    said = json.loads(last)
    assert (said["code"], said["locust"]) == (0, False)
    assert any("2 stages passed" in line for line in shown)
    run = tmp_path / "reports" / "latest"
    assert json.loads((run / "verdict.json").read_text())["outcome"] == "pass"
    assert "plan" in (run / "report.html").read_text()


def test_a_target_that_does_not_answer_ends_the_run_before_it_starts(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "plan.yaml"
    file.write_text(plan_for(HERE))
    with pytest.raises(StartError, match="baseline: no answer"):
        RunSession(RunRequest(read_plan_file(file)), lambda targets: None, sleep=lambda seconds: None)
    run = tmp_path / "reports" / "latest"
    assert json.loads((run / "verdict.json").read_text())["outcome"] == "invalid"
    assert '"event":"target_down"' in (run / "events.jsonl").read_text()


def test_a_run_that_crashes_says_so_in_its_verdict(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "plan.yaml"
    with answering(1) as url:
        file.write_text(plan_for(url))
        session = RunSession(RunRequest(read_plan_file(file)), lambda targets: None)
        assert session.execute() == 13
        session.close()
    reason = json.loads((tmp_path / "reports" / "latest" / "verdict.json").read_text())["reason"]
    assert reason.startswith("The run was ended early, ")
    assert ", by AttributeError: 'NoneType' object has no attribute" in reason
