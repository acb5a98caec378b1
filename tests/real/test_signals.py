"""Signals that ask a verb to end; runs under load have `tests/campaign`."""

import signal
import subprocess
import sys

import pytest

from tests.real.runs import WITHIN_S

pytestmark = pytest.mark.real

PLAN = """
service: nothing
targets: {baseline: "http://127.0.0.1:9", canary: "http://127.0.0.1:9"}
load: {arrival_rate: 10/s}
probes: {health: /health, interval: 1s}
stages:
  - {name: one, weight: 50%, duration: 10s, criteria: [error rate < 5%]}
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_a_monitor_that_is_asked_to_end_does_so_with_130_and_one_line(tmp_path, number):
    (tmp_path / "plan.yaml").write_text(PLAN)
    process = subprocess.Popen(
        [sys.executable, "-m", "harness", "monitor", "--plan", "plan.yaml", "--interval", "0.5"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline()
    process.send_signal(number)
    _, err = process.communicate(timeout=WITHIN_S)
    assert (process.returncode, err) == (130, "interrupted\n")


def test_a_load_test_that_is_still_being_read_ends_with_the_process_that_wanted_it(tmp_path):
    (tmp_path / "plan.yaml").write_text(PLAN)
    users = tmp_path / "users.py"
    users.write_text("import threading\nprint('reading', flush=True)\nthreading.Event().wait()\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "harness", "run", "plan.yaml", "-f", str(users)],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout.readline() == "reading\n"
    process.kill()
    # Its pipe ends with the last process that holds it.
    rest, _ = process.communicate(timeout=WITHIN_S)
    assert rest == ""
