"""A gate without a gated user, or with others beside them, ends before anything starts."""

import pytest

from harness.rollout.exit_code import ExitCode
from tests.real.runs import harness, plan, run

pytestmark = pytest.mark.real

HTTP_USER = """
from locust import HttpUser, task

class Old(HttpUser):
    host = "http://127.0.0.1:1"

    @task
    def one(self):
        self.client.get("/")
"""
IDLE_USER = """
import harness.plugin
from locust import User

class Idle(User):
    pass
"""
GATE_USER = """
from locust import task
from harness.plugin import GateUser

class New(GateUser):
    @task
    def one(self):
        self.client.get("/api/tasks")
"""


@pytest.mark.parametrize(
    ("users", "says"),
    [
        (f"import harness.plugin\n{HTTP_USER}", "error: the gate does not pace or judge Old:"),
        (GATE_USER + HTTP_USER, "error: the gate does not pace or judge Old:"),
        (
            "import harness.plugin\nfrom locust import User\nclass Idle(User): pass\n",
            "does not pace or judge Idle",
        ),
    ],
    ids=["no gated user", "another user beside a gated one", "a user without tasks"],
)
def test_a_user_that_the_gate_does_not_pace_is_refused_by_name(tmp_path, users, says):
    (tmp_path / "users.py").write_text(users)
    ended = run(tmp_path, plan(), users=tmp_path / "users.py")
    assert ended.code == ExitCode.BAD_USAGE
    assert says in ended.err
    assert "(GateUser)`" in ended.err
    assert "(Gated, " in ended.err
    assert ended.path is None


GATED_USER = """
from locust import HttpUser, task
from harness.plugin import Gated

class Own(Gated, HttpUser):
    @task
    def one(self):
        self.client.get("/")
"""


def test_a_user_whose_own_client_would_take_another_way_than_the_plan_is_refused(tmp_path):
    (tmp_path / "users.py").write_text(GATED_USER)
    text = f"{plan()}resolve: {{app.example: 127.0.0.1}}\nproxy: http://127.0.0.1:9\n"
    ended = run(tmp_path, text, users=tmp_path / "users.py")
    assert ended.code == ExitCode.BAD_USAGE
    assert "error: the own client of Own does not follow `resolve` and `proxy` of the plan;" in ended.err
    assert ended.path is None


def test_a_project_that_never_imports_the_gate_is_told_the_missing_line(tmp_path):
    (tmp_path / "users.py").write_text(HTTP_USER)
    (tmp_path / "plan.yaml").write_text(plan())
    ended = harness(tmp_path, "run", "plan.yaml", "-f", "users.py")
    assert ended.returncode == ExitCode.BAD_USAGE
    assert "add the line `from harness.plugin import GateUser`" in ended.stderr
    assert "unrecognized" not in ended.stderr


def test_the_users_to_run_can_be_named(tmp_path):
    (tmp_path / "users.py").write_text(GATE_USER + HTTP_USER)
    ended = run(tmp_path, plan(duration="2.1s"), "--stage", "one", "New", users=tmp_path / "users.py")
    assert ended.code in {ExitCode.PASS, ExitCode.INCONCLUSIVE}
