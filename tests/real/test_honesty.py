"""What the gate says when target or generator misbehave: the truth about whose fault it was."""

import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from harness.record.histograms.histogram import Histogram
from harness.record.histograms.hlog import read_hlog
from harness.rollout.exit_code import ExitCode
from tests.ports import free_port
from tests.real.nginx import NEEDS_NGINX, running_nginx
from tests.real.runs import finish, run, start, wait_for_load

pytestmark = [pytest.mark.real, NEEDS_NGINX]

PLAN = """
service: test
targets: {{baseline: "http://127.0.0.1:{port}", canary: "http://127.0.0.1:{port}"}}
load: {{arrival_rate: {rate}/s, max_in_flight: {users}, timeout: 2s}}
judge: {{block: 500ms, warmup: 500ms}}
generator: {{lateness_p99: {lateness}, cpu: 100%, achieved: 90%}}
stages:
  - {{name: one, weight: 50%, duration: {duration}, interval: 500ms, criteria: [p95 < 5ms]}}
"""


@dataclass(frozen=True)
class Target:
    """A running nginx."""

    port: int
    freeze: Callable[[float], None]


@pytest.fixture
def target(tmp_path):
    """A running nginx: its port, and a function that freezes all of it for some seconds."""
    port = free_port()
    server = f'server {{ listen 127.0.0.1:{port}; location / {{ return 200 "ok"; }} }}'
    with running_nginx(tmp_path / "nginx", server) as process:

        def freeze(seconds):
            children = subprocess.run(
                ["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=True
            )
            with stopped([int(pid) for pid in children.stdout.split()]):
                time.sleep(seconds)

        yield Target(port, freeze)


@contextmanager
def stopped(pids):
    """Freeze processes for the length of the block."""
    for pid in pids:
        subprocess.run(["kill", "-STOP", str(pid)], check=True)
    try:
        yield
    finally:
        for pid in pids:
            subprocess.run(["kill", "-CONT", str(pid)], check=True)


def plan(port, rate=500, users=8, lateness="2s", duration="4s"):
    return PLAN.format(port=port, rate=rate, users=users, lateness=lateness, duration=duration)


def p99_ms(result, kind):
    lines = read_hlog(next((result.path / "stages").glob("*.hlog")))
    return Histogram.merge(line.histogram for line in lines if line.tag.kind == kind).quantile_us(0.99) / 1000


def test_a_freeze_of_the_target_shows_in_the_response_time_and_not_in_the_service_time(tmp_path, target):
    process = start(tmp_path, plan(target.port))
    wait_for_load(process, tmp_path, windows=2)
    target.freeze(0.4)
    result = finish(process, tmp_path)
    assert p99_ms(result, "response") > 200
    assert p99_ms(result, "service") < 100
    page = (result.path / "report.html").read_text()
    assert "uncorrected" in page


def test_a_frozen_generator_is_invalid_and_never_the_services_fault(tmp_path, target):
    process = start(tmp_path, plan(target.port, rate=300, lateness="25ms"))
    wait_for_load(process, tmp_path, windows=2)
    process.send_signal(signal.SIGSTOP)
    time.sleep(1)
    process.send_signal(signal.SIGCONT)
    result = finish(process, tmp_path)
    assert result.code == ExitCode.INVALID
    assert result.finding("generator on time")["outcome"] == "invalid"
    assert result.finding("p95 < 5ms")["outcome"] in ("invalid", "inconclusive")


def test_a_target_that_cannot_keep_up_is_not_blamed_on_the_generator(tmp_path, target):
    process = start(tmp_path, plan(target.port, rate=300, users=4))
    wait_for_load(process, tmp_path, windows=2)
    target.freeze(2.5)
    result = finish(process, tmp_path)
    assert result.finding("generator on time")["outcome"] == "pass"
    assert result.event("saturated")
    assert result.verdict["outcome"] != "pass"


def test_an_unreachable_rate_does_not_pass_and_its_drops_are_counted(tmp_path, target):
    result = run(tmp_path, plan(target.port, rate=200_000, users=8, duration="2s"))
    assert result.finding("load delivered")["outcome"] == "invalid"
    assert result.code in (ExitCode.FAIL, ExitCode.INVALID)
    (finished,) = result.event("stage_finished")
    assert finished["due"] == 400_000
    assert finished["dropped"] > 0
    assert finished["completed"] + finished["failed"] + finished["dropped"] + finished["open"] == 400_000
