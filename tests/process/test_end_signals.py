import os
import signal
import subprocess
import sys

import pytest

from harness.process.end_signals import Ended, awaited_signals, ending_by, raise_ended


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
