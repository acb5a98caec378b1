import os
import signal
import subprocess
import sys

import pytest

from harness.process.child import command_of
from harness.process.end_signals import (
    END_SIGNALS,
    Ended,
    awaited_signals,
    ending_by,
    held_back,
    raise_ended,
)
from harness.rollout.exit_code import ExitCode


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP])
def test_each_signal_that_ends_a_process_is_acted_on_and_given_back(number):
    seen, before = [], signal.getsignal(number)
    with ending_by(seen.append):
        os.kill(os.getpid(), number)
    assert seen == [number]
    assert signal.getsignal(number) == before


def test_a_verb_that_is_ended_knows_by_what():
    with ending_by(raise_ended), pytest.raises(Ended) as ended:
        os.kill(os.getpid(), signal.SIGTERM)
    assert ended.value.reason == "SIGTERM"


def test_nohup_is_respected():
    code = "from harness.process.end_signals import awaited_signals as s; print([n.name for n in s()])"
    command = ["sh", "-c", 'trap "" HUP; exec "$@"', "sh", sys.executable, "-c", code]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "SIGHUP" not in said
    assert "SIGTERM" in said
    assert signal.SIGHUP in awaited_signals()


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGQUIT", "SIGHUP"])
def test_a_verb_that_has_its_exit_code_keeps_it_whatever_signal_comes_while_python_ends(name):
    code = (
        "import atexit, os, signal\n"
        "from harness.cli.main import main\n"
        f"atexit.register(os.kill, os.getpid(), signal.{name})\n"
        "main(['check', 'missing.yaml'])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ended.returncode, "Traceback" in ended.stderr) == (2, False)


LATE_LISTENER = """
import os, sys
from harness.process.end_signals import ending_by, hear
sys.stdin.read(1)
with ending_by(lambda number: os._exit(100 + number)):
    hear()
    sys.stdin.read()
"""


@pytest.mark.parametrize("number", END_SIGNALS)
def test_a_signal_that_comes_before_a_process_listens_is_heard_when_it_does(number):
    with held_back():
        process = subprocess.Popen(
            [sys.executable, "-c", LATE_LISTENER], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
    process.send_signal(number)
    process.stdin.write("go")
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (100 + number, "")
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []).isdisjoint(END_SIGNALS)


@pytest.mark.parametrize("command", [("harness.load", "--help"), ("harness", "runs")])
def test_a_run_that_is_interrupted_as_it_starts_ends_with_130_and_no_traceback(command):
    with held_back():
        process = subprocess.Popen(command_of(*command), stderr=subprocess.PIPE, text=True)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == ExitCode.INTERRUPTED
    assert "Traceback" not in said
