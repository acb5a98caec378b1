"""What is done in place of a run that was killed."""

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from harness.ci.killed_run import give_traffic_back, judge_killed
from harness.judge.outcome import Outcome
from harness.record.run_directory import RunDirectory
from tests.report.verdicts import PASSED

EXAMPLE = Path(__file__).parents[2] / "reports/example"


@pytest.fixture
def run(tmp_path):
    path = tmp_path / "run"
    shutil.copytree(EXAMPLE, path)
    (path / "verdict.json").unlink()
    return RunDirectory.open(path)


def test_a_run_that_was_killed_after_its_last_stage_passes_neither_now_nor_later(run, monkeypatch):
    def judged(run, plan=None):
        return replace(PASSED, outcome=Outcome(run.events().records[-1].outcome))

    monkeypatch.setattr("harness.ci.killed_run.judge_directory", judged)
    monkeypatch.setattr("harness.app.judging.judge_directory", judged)
    with (run.path / "events.jsonl").open("a") as events:
        events.write('{"t_s":279.5,"event":"run_finished","outcome":"pass"}\n')
    assert judge_killed(run).outcome is Outcome.INVALID
    assert run.events().records[-1].outcome == "invalid"


def test_a_run_that_brought_the_baseline_back_itself_is_left_alone(run):
    before = (run.path / "events.jsonl").read_bytes()
    give_traffic_back(run)
    assert (run.path / "events.jsonl").read_bytes() == before


def test_neither_the_judge_nor_a_router_is_loaded_for_a_run_that_ended_by_itself():
    code = (
        "import sys, harness.ci.load_process; print({'numpy', 'httpx', 'rich', 'asyncio'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
