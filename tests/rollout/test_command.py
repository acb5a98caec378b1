import os
import signal
import sys
import time
from fractions import Fraction
from pathlib import Path

import pytest

from harness.plan.model import Command
from harness.rollout.command import release_environment, run_command
from tests.rollout.conftest import split


def python(code, timeout_s=30.0):
    return Command(command=(sys.executable, "-c", code), timeout_s=timeout_s)


def test_a_command_gets_the_stage_and_the_weight():
    code = "import os; print(*(os.environ[f'HARNESS_{n}'] for n in ('STAGE', 'WEIGHT', 'WEIGHT_PERCENT')))"
    ran = run_command(python(code), release_environment("canary-5", split(Fraction(1, 20))))
    assert (ran.problem, ran.output) == (None, "canary-5 0.05 5")


def test_a_failing_command_reports_its_exit_code_and_the_end_of_its_output():
    ran = run_command(python("print('no such host'); raise SystemExit(1)"), {})
    assert (ran.problem, ran.code, ran.output) == ("exit code 1", 1, "no such host")


@pytest.mark.parametrize("program", ["/no/such/program", "/etc/passwd"])
def test_a_command_that_cannot_be_started_is_a_problem_not_an_exception(program):
    ran = run_command(Command(command=(program,)), {})
    assert ran.problem.startswith(f"cannot start {program}: ")


def test_a_hanging_command_is_ended_with_everything_it_started(tmp_path):
    pid_file = tmp_path / "pid"
    script = f"sleep 600 & echo $! > {pid_file}; wait"
    ran = run_command(Command(command=("sh", "-c", script), timeout_s=2.0), {})
    assert ran.problem == "timed out after 2 s"
    assert ends(int(pid_file.read_text()))


def ends(pid):
    """Wait for a process that was killed: the kernel takes a moment."""
    until_s = time.monotonic() + 20
    while is_running(pid) and time.monotonic() < until_s:
        time.sleep(0.01)
    return not is_running(pid)


def is_running(pid):
    """Tell whether a process still runs; one that only waits for its parent to notice does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_process_that_a_command_started_keeps_running(tmp_path):
    code = (
        "import subprocess, sys;"
        "print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'],"
        "stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).pid)"
    )
    ran = run_command(python(code), {})
    try:
        assert is_running(int(ran.output))
    finally:
        os.kill(int(ran.output), signal.SIGKILL)


def test_a_hundred_megabytes_of_output_leave_only_their_end():
    code = "import sys; [sys.stdout.write('x' * 1_000_000) for _ in range(100)]; print('\\nthe end')"
    ran = run_command(python(code), {})
    assert ran.problem is None
    assert ran.output.endswith("the end")
    assert len(ran.output) < 5000
    assert "bytes left out]" in ran.output


def test_a_command_that_is_no_longer_wanted_is_ended():
    asked = iter([False, True])
    ran = run_command(python("import time; time.sleep(600)"), {}, is_unwanted=lambda: next(asked, True))
    assert ran.problem == "stopped because the run ended"


def test_arguments_are_passed_without_a_shell():
    ran = run_command(Command(command=("echo", "$HOME; rm -rf *")), {})
    assert ran.output == "$HOME; rm -rf *"


def test_a_command_inherits_the_environment_of_the_run(monkeypatch):
    monkeypatch.setitem(os.environ, "HARNESS_TEST", "here")
    assert run_command(python("import os; print(os.environ['HARNESS_TEST'])"), {}).output == "here"


def test_the_time_a_command_took_is_known():
    began_s = time.monotonic()
    ran = run_command(python("pass"), {})
    assert 0 < ran.took_s <= time.monotonic() - began_s
