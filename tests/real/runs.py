"""Runs the real command on small plans, in a directory of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.ports import free_port

ROOT = Path(__file__).parents[2]
WITHIN_S = 90

PLAN = """
service: test
seed: 7
targets: {targets}
load: {{arrival_rate: {rate}/s, max_in_flight: 200, timeout: 2s}}
judge: {{block: 150ms, warmup: 150ms}}
# A busy machine must not decide these tests: its limits have their own, and a second of load may wait.
generator: {{lateness_p99: 2s, cpu: 100%, achieved: 90%}}
stages:
  - {{name: one, weight: {weight}, duration: {duration}, interval: 150ms, criteria: {criteria}}}
  - {{name: two, weight: 100%, duration: 1200ms, interval: 150ms, criteria: [error rate < 5%]}}
"""


def plan(targets="embedded", rate=200, weight="25%", duration="2100ms", criteria="[throughput > 10/s]"):
    return PLAN.format(targets=targets, rate=rate, weight=weight, duration=duration, criteria=criteria)


@dataclass
class Run:
    """A finished run: its exit code, what it said, and its directory (None if it made none)."""

    code: int
    out: str
    err: str
    path: Path | None

    @property
    def verdict(self):
        return json.loads((self.path / "verdict.json").read_text())

    @property
    def events(self):
        return [json.loads(line) for line in (self.path / "events.jsonl").read_text().splitlines()]

    def event(self, name):
        return [event for event in self.events if event["event"] == name]

    def finding(self, criterion, stage=0):
        (found,) = [f for f in self.verdict["stages"][stage]["findings"] if f["criterion"] == criterion]
        return found


def start(directory, text, *options, users=ROOT / "loadtests"):
    """Start Locust with users on a plan; the caller ends it with `finish`.

    Workers that it forks meet it on a port of their own: another test may do the same.
    """
    (directory / "plan.yaml").write_text(text)
    if "--processes" in options and "--master-port" not in options:
        port = str(free_port())
        options = (*options, "--master-bind-port", port, "--master-port", port)
    command = [sys.executable, "-m", "locust", "-f", str(users), "--headless", "--only-summary"]
    return subprocess.Popen(
        [*command, "--plan", "plan.yaml", *options],
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "COLUMNS": "200"},
        start_new_session=True,
    )


def finish(process, directory):
    """Wait for a run to end and read what it left; a run that hangs is killed and fails the test."""
    try:
        out, err = process.communicate(timeout=WITHIN_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        raise AssertionError(f"the run hung:\n{out[-2000:]}\n{err[-2000:]}") from None
    latest = directory / "reports" / "latest"
    return Run(process.returncode, out, err, latest.resolve() if latest.exists() else None)


def run(directory, text, *options, **how):
    """Run Locust on a plan to its end."""
    return finish(start(directory, text, *options, **how), directory)


def harness(directory, *arguments):
    """Run the `harness` command to its end."""
    command = [sys.executable, "-m", "harness.cli.main", *arguments]
    return subprocess.run(
        command, cwd=directory, capture_output=True, text=True, timeout=WITHIN_S, check=False
    )


def wait_for_load(process, directory, windows=3):
    """Wait until the first stage has written some windows."""
    wait_for(lambda: _windows(directory) >= windows, process)


def wait_for(happened, process):
    """Wait until a run has done something; another process has no fake clock."""
    end_s = time.monotonic() + WITHIN_S
    while not happened():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end_s, "waited in vain"
        time.sleep(0.05)


def _windows(directory):
    logs = list((directory / "reports").glob("latest/stages/01-*.hlog"))
    return logs[0].read_text().count("lateness.hub") if logs else 0
