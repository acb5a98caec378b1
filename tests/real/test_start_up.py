"""Users that do not get ready end the run in seconds, with their name and line; a task ends itself alone."""

import socket
import subprocess
import sys

import pytest

from tests.real.hostile import harness
from tests.real.runs import plan, run

pytestmark = pytest.mark.real

USERS = """
import sys
import gevent
from locust import task
from harness.plugin import GateUser

class Shop(GateUser):
{body}
    @task
    def listing(self):
        self.client.get("/api/tasks")
"""
LOGIN = """
    def on_start(self):
        self.client.headers["authorization"] = {}["token"]
"""
CREATION = """
    def __init__(self, environment):
        super().__init__(environment)
        self.token = {}["token"]
"""


def users(directory, body):
    file = directory / "users.py"
    file.write_text(USERS.format(body=body))
    return file


@pytest.mark.parametrize(
    ("where", "body", "options"),
    [
        ("on_start", LOGIN, ()),
        ("__init__", CREATION, ()),
        ("on_start", LOGIN, ("--processes", "2")),
        ("__init__", CREATION, ("--processes", "2")),
    ],
)
def test_a_user_that_does_not_get_ready_is_named_with_its_line(tmp_path, where, body, options):
    ended = run(tmp_path, plan(), *options, users=users(tmp_path, body))
    assert ended.code == 13
    (failed,) = ended.event("users_failed")
    assert failed["reason"].startswith(f"Shop.{where} raised KeyError: 'token' (users.py:")
    assert failed["reason"] in ended.verdict["reason"]
    assert "Traceback" not in ended.err


def test_a_task_that_exits_ends_neither_its_user_nor_the_process(tmp_path):
    exits = """
    @task
    def exits(self):
        sys.exit(0)

    @task
    def times_out(self):
        with gevent.Timeout(0.001):
            gevent.sleep(1)
"""
    ended = run(tmp_path, plan(), users=users(tmp_path, exits))
    assert ended.code == 13
    (stage,) = ended.event("stage_finished")
    assert stage["due"] == stage["completed"] + stage["failed"] + stage["dropped"]
    assert ended.event("interrupted") == []


LISTENER = """
    @task
    def listing(self):
        pass

@events.{event}.add_listener
def seeds(**_):
    raise KeyError("vault")
"""


@pytest.mark.parametrize(
    ("event", "options"), [("init", ()), ("test_start", ()), ("init", ("--processes", "2"))]
)
def test_a_listener_that_prepares_the_run_and_raises_is_named_with_its_line(tmp_path, event, options):
    text = USERS.replace("import task", "import events, task").split("    @task")[0]
    file = tmp_path / "users.py"
    file.write_text(text.format(body="") + LISTENER.format(event=event))
    ended = run(tmp_path, plan(), *options, users=file)
    assert ended.code == 13
    (failed,) = ended.event("users_failed")
    assert failed["reason"] == f"the listener `seeds` of {event} raised KeyError: 'vault' at users.py:16"
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("workers", [("--processes", "2"), ("--master", "--expect-workers", "1")])
def test_a_port_that_another_master_has_is_named_and_nothing_starts(tmp_path, workers):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        where = ("--master-bind-host", "127.0.0.1", "--master-bind-port", port, "--master-port", port)
        ended = run(tmp_path, plan(), *workers, *where, users=users(tmp_path, ""))
    assert ended.code == 2
    assert ended.path is None
    assert f"error: the master cannot listen on port {port}" in ended.err
    assert "--master-bind-port" in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("where", ["before", "after"])
def test_an_option_of_the_load_test_with_a_name_of_the_gate_s_is_refused(tmp_path, where):
    adds = """
from locust import events

@events.init_command_line_parser.add_listener
def options(parser):
    parser.add_argument("--stage")
"""
    users = USERS.format(body="")
    file = tmp_path / "users.py"
    file.write_text(adds + users if where == "before" else users + adds)
    ended = run(tmp_path, plan(), users=file)
    assert ended.code == 2
    assert ended.path is None
    assert "argument --stage: conflicting option string: --stage" in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("    weight = 0", "ValueError: There are no users with weight > 0."),
        ("    token = {}['token']", "KeyError: 'token' at users.py:8"),
        ("    token = (", "SyntaxError: '(' was never closed (users.py, line 8)"),
    ],
)
def test_a_load_test_that_cannot_be_loaded_is_refused_in_one_line(tmp_path, body, said):
    (tmp_path / "plan.yaml").write_text(plan())
    users(tmp_path, body)
    command = [sys.executable, "-m", "harness.load", "-f", "users.py", "--headless", "--plan", "plan.yaml"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1] == f"error: the load test cannot be loaded: {said}"
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("name", ["select", "types"])
def test_a_locustfile_that_takes_the_place_of_a_module_is_refused_by_name(tmp_path, name):
    (tmp_path / "plan.yaml").write_text(plan())
    users(tmp_path, "").rename(tmp_path / f"{name}.py")
    command = [sys.executable, "-m", "harness.load", "-f", f"{name}.py", "--headless", "--plan", "plan.yaml"]
    ended = subprocess.run(
        [command[0], "-P", *command[1:]], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1] == (
        f"error: {name}.py hides the installed module `{name}` from the whole process; rename it"
    )
    assert "Traceback" not in ended.stderr


def test_a_load_test_that_stops_the_clock_is_refused_by_the_clocks_name(tmp_path):
    file = users(tmp_path, "")
    file.write_text(f"import time\ntime.perf_counter = lambda: 1.0\n{file.read_text()}")
    ended = run(tmp_path, plan(), users=file)
    assert (ended.code, ended.path) == (2, None)
    assert ended.err.splitlines()[-1].startswith("error: the load test has replaced `time.perf_counter`, by")
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    ("decorator", "options"), [("@task(0)", ()), ("@tag('slow')\n    @task", ("--exclude-tags", "slow"))]
)
def test_a_user_without_a_task_ends_the_start_by_name(tmp_path, decorator, options):
    file = tmp_path / "users.py"
    text = USERS.replace("import task", "import tag, task").replace("@task", decorator)
    file.write_text(text.format(body=""))
    ended = run(tmp_path, plan(), *options, users=file)
    assert ended.code == 13
    (failed,) = ended.event("users_failed")
    assert failed["reason"].startswith("Shop has no task: none has a weight above 0")


def test_a_user_that_a_listener_adds_beside_the_gated_ones_ends_the_start_by_name(tmp_path):
    adds = """
    @task
    def listing(self):
        pass

from locust import HttpUser, events

@events.init.add_listener
def adds(environment, **_):
    added = type("Added", (HttpUser,), {"tasks": [lambda user: gevent.sleep(1)], "host": "http://127.0.0.1:9"})
    environment.user_classes.append(added)
    environment.user_classes_by_name["Added"] = added
"""
    file = tmp_path / "users.py"
    file.write_text(USERS.split("    @task", maxsplit=1)[0].format(body="") + adds)
    ended = run(tmp_path, plan(), users=file)
    assert ended.code == 13
    (failed,) = ended.event("users_failed")
    assert failed["reason"].startswith("the gate does not pace or judge Added")


def test_a_task_that_stops_the_test_ends_the_run_as_interrupted(tmp_path):
    stops = """
    @task
    def stops(self):
        from locust.exception import StopTest
        raise StopTest("enough")
"""
    ended = run(tmp_path, plan(), users=users(tmp_path, stops))
    assert ended.code == 130
    assert "Locust's stop or quit" in ended.verdict["reason"]


@pytest.mark.parametrize(
    ("variable", "said"),
    [
        ("LOCUST_MODE_WORKER", "error: a worker has no run of its own"),
        ("PYTHONOPTIMIZE", "error: this Python leaves out every `assert`"),
    ],
)
def test_an_environment_that_makes_a_run_another_thing_is_refused_in_one_line(tmp_path, variable, said):
    (tmp_path / "plan.yaml").write_text(plan())
    users(tmp_path, "")
    ended = harness(tmp_path, "run", "plan.yaml", "-f", "users.py", "--headless", **{variable: "1"})
    assert ended.returncode == 2
    assert [line for line in ended.stderr.splitlines() if line.startswith(said)]
    assert not (tmp_path / "reports").exists()
    assert "Traceback" not in ended.stderr
