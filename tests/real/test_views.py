"""A good canary passes, and is never rolled back, whatever becomes of what the run shows."""

import os
import pty
import select
import socket
import subprocess
import sys
import time

import pytest

from tests.ports import free_port
from tests.real.runs import ROOT, WITHIN_S, finish, plan, start

pytestmark = pytest.mark.real

GOOD = plan()
RUN = (
    f"exec {sys.executable} -m harness.cli.main run plan.yaml --stage one "
    f"-f {ROOT / 'loadtests'} --headless --only-summary"
)


def passes_with_its_evidence(code, directory):
    run = finish(Ended(code), directory)
    assert code == 0
    assert run.verdict["outcome"] == "pass"
    assert (run.path / "report.html").is_file()
    assert run.event("rolled_back") == []


class Ended:
    """A process that has ended, for `finish`."""

    def __init__(self, returncode):
        self.returncode = returncode

    def communicate(self, timeout):
        return "", ""


@pytest.mark.parametrize(
    ("redirected", "environment"),
    [
        (">/dev/full 2>/dev/full", {}),
        ("2>&1 >&- | head -1 >&-; exit ${PIPESTATUS[0]}", {"PYTHONIOENCODING": "ascii", "COLUMNS": "1"}),
    ],
)
def test_output_that_nobody_gets_changes_nothing(tmp_path, redirected, environment):
    (tmp_path / "plan.yaml").write_text(GOOD)
    command = f"{RUN.removeprefix('exec ')} {redirected}"
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=tmp_path,
        env={**os.environ, **environment},
        timeout=WITHIN_S,
        check=False,
    )
    passes_with_its_evidence(done.returncode, tmp_path)


@pytest.mark.parametrize("then", ["closes", "is no longer read"])
def test_a_terminal_that_fails_in_mid_run_changes_nothing(tmp_path, then):
    (tmp_path / "plan.yaml").write_text(GOOD)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        ["sh", "-c", RUN],
        cwd=tmp_path,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm"},
        start_new_session=True,
    )
    os.close(theirs)
    shown, ends_s = b"", time.monotonic() + WITHIN_S
    while b"error" not in shown and b"p95" not in shown and time.monotonic() < ends_s:
        if select.select([ours], [], [], 1)[0]:
            shown += os.read(ours, 4096)
    if then == "closes":
        os.close(ours)
    code = process.wait(WITHIN_S)
    passes_with_its_evidence(code, tmp_path)


def test_a_port_that_is_taken_and_a_handler_that_raises_cost_a_line_each(tmp_path):
    users = tmp_path / "users.py"
    users.write_text(
        "import logging\n"
        "from locust import task\n"
        "from harness.plugin import GateUser\n"
        "class Breaks(logging.Handler):\n"
        "    def emit(self, record):\n"
        "        raise RuntimeError('no disk')\n"
        "logging.getLogger('harness').addHandler(Breaks())\n"
        "class Shop(GateUser):\n"
        "    @task\n"
        "    def listing(self):\n"
        "        self.client.get('/api/tasks')\n"
    )
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"], stderr=subprocess.DEVNULL
    ) as other:
        try:
            wait_until_it_listens(port)
            ended = finish(
                start(tmp_path, GOOD, "--stage", "one", "--metrics-port", str(port), users=users), tmp_path
            )
        finally:
            other.terminate()
    passes_with_its_evidence(ended.code, tmp_path)
    said = f"cannot listen on port {port}: address already in use; choose another port with --metrics-port\n"
    assert ended.err.count(f"the metrics port failed and is off for the rest of the run: {said}") == 1
    assert ended.err.count("a log handler failed") == 1
    assert "Traceback" not in ended.err


def wait_until_it_listens(port):
    ends_s = time.monotonic() + WITHIN_S
    while time.monotonic() < ends_s:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return


def test_a_web_interface_whose_port_is_taken_is_left_out(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        page = ("--headful", "--web-host", "127.0.0.1", "--web-port", port)
        ended = finish(start(tmp_path, GOOD, *page, "--stage", "one"), tmp_path)
    passes_with_its_evidence(ended.code, tmp_path)
    said = f"cannot listen on port {port}: address already in use; choose another port with --web-port, or"
    assert f"the web interface failed and is off for the rest of the run: {said} --headless\n" in ended.err
    assert "Traceback" not in ended.err
