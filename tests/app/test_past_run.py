"""A run over traffic of the past, from its new directory to its exit code."""

import os
import signal
from contextlib import closing
from dataclasses import replace

import pytest

from harness.app import past_run, stage_times
from harness.app.new_run import new_run
from harness.app.past_run import PastRun
from harness.observe.past.past_logs import PastLogs
from harness.plan.loader import read_plan_file
from harness.plan.overrides.recorded import as_recorded
from harness.record.evidence_source import EvidenceSource
from harness.record.run_directory import RunDirectory
from harness.rollout.exit_code import ExitCode
from tests.observe.past.past import past_log

BEGAN_S = 1_767_880_800.0
PLAN = """service: tasks
traffic:
  access_log:
    path: access.log
    format: nginx-json
    variant: {field: upstream_addr, baseline: ["10.0.0.5:8080"], canary: ["10.0.0.7:8080"]}
judge: {block: 5s, warmup: 10s}
stages:
  - {name: tenth, weight: 10%, duration: 1m, interval: 5s, criteria: [error rate < 20%]}
  - {name: half, weight: 50%, duration: 1m, interval: 5s, criteria: [error rate < 20%]}
"""
PARTS = ((30, 0.0, 1.0), (60, 0.1, 1.0), (45, 0.1, 1.0), (60, 0.5, 1.0))
STARTS_S = {"tenth": 30.0, "half": 135.0}


class Logs(PastLogs):
    """A log of whose reading something else comes about at a moment."""

    at_s, happens = float("inf"), staticmethod(lambda: None)

    def until(self, at_s):
        if at_s >= BEGAN_S + self.at_s:
            self.happens()
        yield from super().until(at_s)


@pytest.fixture
def run_over(tmp_path, monkeypatch):
    monkeypatch.setattr(past_run, "write_report_as_view", lambda views, run: None)

    def run(at_s=float("inf"), happens=lambda: None):
        (tmp_path / "access.log").write_bytes(past_log(BEGAN_S, PARTS))
        (tmp_path / "plan.yaml").write_text(PLAN)
        read = read_plan_file(tmp_path / "plan.yaml")
        told = [f"{name}={BEGAN_S + start_s}" for name, start_s in STARTS_S.items()]
        times = stage_times.as_told(read.plan, told, read.plan.traffic)
        read = replace(read, plan=as_recorded(times.plan, times.lengths_s).plan)
        directory = new_run(read, tmp_path / "reports", source=EvidenceSource.PAST_LOG, epoch_s=times.first_s)
        with closing(Logs([tmp_path / "access.log"], read.plan.traffic, from_s=times.first_s)) as logs:
            logs.at_s, logs.happens = at_s, happens
            return PastRun(directory, logs, times).execute(), RunDirectory.open(directory.path)

    return run


def events(run, kind):
    return [event for event in run.events().records if event.event == kind]


def test_each_stage_begins_by_the_clock_of_the_log(run_over, capsys):
    code, run = run_over()
    assert code is ExitCode.PASS
    starts_s = {event.stage: event.t_s for event in events(run, "stage_started")}
    assert starts_s == pytest.approx({"tenth": 0.0, "half": 105.0}, abs=0.5)
    assert f"evidence and report: {run.path}" in capsys.readouterr().out


def test_a_log_that_cannot_be_read_on_is_no_pass(run_over):
    def break_off():
        raise RuntimeError("the disk is gone")

    code, run = run_over(60.0, break_off)
    assert code is ExitCode.INVALID
    assert '"outcome":"invalid"' in (run.path / "verdict.json").read_text().replace(" ", "")


def test_a_signal_ends_it_with_130_and_keeps_what_was_judged(run_over):
    code, run = run_over(170.0, lambda: os.kill(os.getpid(), signal.SIGINT))
    assert code is ExitCode.INTERRUPTED
    assert [event.signal for event in events(run, "interrupted")] == ["SIGINT"]
    assert [event.stage for event in events(run, "stage_judged")] == ["tenth"]
