"""Locust's own controls over a run: what each does is said, and what ends a run is its headline."""

import http.client
import json

import pytest

from harness.rollout.exit_code import ExitCode
from tests.ports import free_port
from tests.real.runs import finish, harness, plan, run, start, wait_for_load

pytestmark = pytest.mark.real

USERS = """
import gevent
from locust import LoadTestShape, events, tag, task
from harness.plugin import GateUser

class Shop(GateUser):
    @task
    def list_tasks(self):
        self.client.get("/api/tasks")
"""
SHAPE = """
class Wave(LoadTestShape):
    def tick(self):
        return (3, 10) if self.get_run_time() < 1 else None
"""
QUITS = """
@events.spawning_complete.add_listener
def _(**_):
    gevent.spawn_later(2, lambda: RUNNER.quit())

@events.init.add_listener
def _(runner, **_):
    global RUNNER
    RUNNER = runner
"""
GROWS = """
@events.init.add_listener
def _(runner, **_):
    gevent.spawn_later(3, lambda: runner.start(7, 1))
"""


def users(directory, more=""):
    file = directory / "users.py"
    file.write_text(USERS + more)
    return file


def test_options_that_mean_nothing_are_ignored_with_a_line_and_so_is_a_load_shape(tmp_path, monkeypatch):
    monkeypatch.setenv("LOCUST_SPAWN_RATE", "3")
    (tmp_path / "locust.conf").write_text("host = http://127.0.0.1:1\n")
    options = ("-u", "5", "--exit-code-on-error", "0", "--stop-timeout", "9", "--stage", "one")
    ended = run(tmp_path, plan(), *options, users=users(tmp_path, SHAPE + GROWS))
    for name in ("--users", "--spawn-rate", "--host", "--exit-code-on-error", "--stop-timeout", "Wave"):
        assert f"{name} is ignored: " in ended.err
    assert "7 users are not started: the users of a run are fixed" in ended.err
    assert ended.code == ExitCode.PASS
    assert ended.verdict["stages"][0]["requests"] == {"baseline": 315, "canary": 105}


@pytest.mark.parametrize(
    ("options", "more", "says"),
    [
        (("--run-time", "3s"), "", "by --run-time 3s."),
        ((), QUITS, "in stage one, by Locust's stop or quit."),
    ],
    ids=["--run-time", "runner.quit()"],
)
def test_what_ends_a_run_early_is_its_headline_and_the_exit_code_is_130(tmp_path, options, more, says):
    ended = run(tmp_path, plan(duration="60s"), *options, users=users(tmp_path, more))
    assert ended.code == ExitCode.INTERRUPTED
    assert ended.verdict["outcome"] == "invalid"
    assert ended.verdict["reason"].startswith("The run was ended early, ")
    assert ended.verdict["reason"].endswith(says)
    assert harness(tmp_path, "judge", "reports/latest").returncode == ExitCode.INTERRUPTED


def test_users_are_not_edited_in_locusts_page_and_its_stop_ends_the_run(tmp_path):
    port = free_port()
    process = start(
        tmp_path,
        plan(duration="60s"),
        *("--headful", "--web-host", "127.0.0.1", "--web-port", str(port)),
        users=users(tmp_path),
    )
    wait_for_load(process, tmp_path)
    edited = json.loads(post(port, "/swarm", "user_count=3&spawn_rate=1"))
    assert edited == {"success": False, "message": edited["message"]}
    assert "users of a run are fixed" in edited["message"]
    post(port, "/stats/reset")
    post(port, "/stop")
    ended = finish(process, tmp_path)
    assert ended.code == ExitCode.INTERRUPTED
    assert ended.verdict["reason"].endswith("by Locust's stop or quit.")


def post(port, path, body=""):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"})
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def test_an_unknown_user_class_is_bad_usage(tmp_path):
    (tmp_path / "plan.yaml").write_text(plan())
    ended = harness(tmp_path, "run", "plan.yaml", "-f", str(users(tmp_path)), "--headless", "Shopp")
    assert ended.returncode == ExitCode.BAD_USAGE
    assert "Unknown User(s): Shopp" in ended.stderr
