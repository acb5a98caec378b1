import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from harness.process.child import command_of


@contextmanager
def leashed(*command):
    with subprocess.Popen(
        command_of("harness.process.leash", *command),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        yield process


def test_the_code_and_the_output_are_the_commands():
    with leashed("sh", "-c", "echo out; exit 3") as process:
        assert process.stdout.read() == "out\n"
        assert process.wait(10) == 3


def test_a_command_that_a_signal_killed_has_the_code_a_shell_gives_it():
    with leashed("sh", "-c", "kill -9 $$") as process:
        assert process.wait(10) == 128 + 9


def test_a_command_and_what_it_started_end_with_the_process_that_wanted_them(tmp_path):
    pid = tmp_path / "pid"
    with leashed("sh", "-c", f"sleep 60 & echo $! > {pid}; echo up; wait") as process:
        assert process.stdout.readline() == "up\n"
        process.stdin.close()
        process.wait(10)
    ends_s = time.monotonic() + 10
    while _is_alive(pid.read_text().strip()) and time.monotonic() < ends_s:
        time.sleep(0.02)
    assert not _is_alive(pid.read_text().strip())


def test_the_command_does_not_inherit_that_sigterm_is_taken():
    code = "import signal; print(signal.getsignal(signal.SIGTERM) == signal.SIG_DFL)"
    with leashed(sys.executable, "-c", code) as process:
        assert process.stdout.read() == "True\n"


def _is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False
