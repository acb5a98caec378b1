"""A locustfile may say how its process ends, and the exit code is that of the run directory all the same."""

import pytest

from harness.rollout.exit_code import ExitCode
from tests.real.runs import harness, plan, run

pytestmark = pytest.mark.real

FAILING = plan("{embedded: {canary: {errors: 50%}}}", criteria="[error rate < 1%]")
USERS = """
import atexit, os, sys
import gevent
from locust import events, task
from harness.plugin import GateUser

atexit.register(lambda: print("the first atexit handler ran", flush=True))

class Shop(GateUser):
    @task
    def list_tasks(self):
        self.client.get("/api/tasks")
"""
ENDINGS = {
    "listeners that write the exit code, the last of which raises": """
@events.quitting.add_listener
def _(environment, **_):
    environment.process_exit_code = 0

@events.quitting.add_listener
def _(environment, **_):
    environment.process_exit_code = 0
    raise ValueError("a mistake")
""",
    "a listener that exits": """
@events.quitting.add_listener
def _(environment, **_):
    sys.exit(0)
""",
    "a greenlet that exits after the last listener": """
@events.quit.add_listener
def _(exit_code, **_):
    gevent.spawn(sys.exit, 0)
    gevent.sleep(0.1)
""",
    "an atexit handler that ends the process": """
@events.init.add_listener
def _(environment, **_):
    atexit.register(os._exit, 0)
""",
}


def users(directory, ending=""):
    file = directory / "users.py"
    file.write_text(USERS + ending)
    return file


@pytest.mark.parametrize("ending", ENDINGS)
def test_nothing_in_a_locustfile_makes_a_failed_run_end_with_0(tmp_path, ending):
    ended = run(tmp_path, FAILING, "--exit-code-on-error", "0", users=users(tmp_path, ENDINGS[ending]))
    assert ended.verdict["outcome"] == "fail"
    assert ended.code == ExitCode.FAIL
    assert "evidence and report" in ended.out
    # Handlers run once, the last registered first; one that ends the process is the last to run.
    assert ended.out.count("the first atexit handler ran") == (0 if "os._exit" in ENDINGS[ending] else 1)


def test_a_listener_that_exits_in_mid_run_ends_it_as_interrupted_with_its_evidence(tmp_path):
    stops = """
@events.spawning_complete.add_listener
def _(**_):
    gevent.spawn_later(2, sys.exit, 0)
"""
    ended = run(tmp_path, plan(duration="60s"), users=users(tmp_path, stops))
    assert ended.code == ExitCode.INTERRUPTED
    assert ended.verdict["outcome"] == "invalid"
    assert ended.event("interrupted")


def test_a_bad_plan_is_not_ended_with_0_either(tmp_path):
    ended = run(tmp_path, "service: x", users=users(tmp_path, "atexit.register(lambda: os._exit(0))"))
    assert ended.code == ExitCode.BAD_USAGE


def test_the_verb_reads_the_outcome_from_the_directory_its_child_announced(tmp_path):
    (tmp_path / "plan.yaml").write_text(FAILING)
    file = users(tmp_path, ENDINGS["an atexit handler that ends the process"])
    ended = harness(tmp_path, "run", "plan.yaml", "-f", str(file), "--headless", "--only-summary")
    assert ended.returncode == ExitCode.FAIL
    again = harness(tmp_path, "judge", "reports/latest")
    assert again.returncode == ExitCode.FAIL


@pytest.mark.parametrize(
    "end", ["REAL_EXIT(0)", "os.execv('/bin/true', ['true'])", "os.kill(os.getpid(), 9)"]
)
def test_under_the_verb_a_process_that_ends_unjudged_is_invalid_whatever_its_own_code(tmp_path, end):
    (tmp_path / "plan.yaml").write_text(plan(duration="60s"))
    ends = f"""
@events.spawning_complete.add_listener
def _(**_):
    gevent.spawn_later(2, lambda: {end})
"""
    file = tmp_path / "users.py"
    file.write_text(f"import os\nREAL_EXIT = os._exit\n{USERS}{ends}")
    ended = harness(tmp_path, "run", "plan.yaml", "-f", str(file), "--headless", "--only-summary")
    assert ended.returncode == ExitCode.INVALID
    again = harness(tmp_path, "judge", "reports/latest")
    assert again.returncode == ExitCode.INVALID
    assert "The run has no recorded end" in again.stdout
