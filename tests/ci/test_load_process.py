"""The command of a run: its plan, what was changed of it, and the users that belong to it."""

from pathlib import Path

import pytest

from harness.ci.load_process import REPLAY_USERS, NoLoadTest, run_command
from harness.plan.loader import read_plan_file
from harness.plan.overrides.values import Overrides

PLAN = """\
service: tasks
targets: embedded
load: {arrival_rate: 10/s}
stages: [{name: one, weight: 50%, duration: 10s, criteria: [p95 < 1s]}]
"""


@pytest.fixture
def read(tmp_path, monkeypatch):
    monkeypatch.delenv("LOCUST_LOCUSTFILE", raising=False)
    monkeypatch.chdir(tmp_path)
    Path("plan.yaml").write_text(PLAN)
    return read_plan_file("plan.yaml", overrides=Overrides.of(["seed=7"], {}))


def test_the_directory_of_load_tests_is_named_where_nothing_else_does(read):
    with pytest.raises(NoLoadTest, match="`harness init` writes them"):
        run_command(read, ["one"], 1.0)
    Path("loadtests").mkdir()
    assert run_command(read, ["one"], 2.0, ["--headless"], Path("kept"))[1:] == [
        *("-P", "-m", "harness.load", "--plan", "plan.yaml", "-f", "loadtests/", "--time-scale", "2.0"),
        *("--runs", "kept", "--stage", "one", "--set", "seed=7", "--headless"),
    ]
    Path("locust.conf").touch()
    assert "-f" not in run_command(read, [], 1.0)


def test_a_replay_brings_its_own_user_unless_others_are_named(read):
    Path("plan.yaml").write_text(PLAN.replace("arrival_rate: 10/s", "replay: access.log"))
    read = read_plan_file("plan.yaml")
    command = run_command(read, [], 1.0)
    assert command[command.index("-f") + 1] == str(REPLAY_USERS)
    assert REPLAY_USERS.exists()
    own = run_command(read, [], 1.0, ["-f", "mine.py"])
    assert [word for word in own if word.endswith(".py")] == ["mine.py"]


@pytest.mark.parametrize(("folder", "users"), [("plans", "loadtests"), ("canary", "loadtests/canary")])
def test_a_plan_of_another_folder_comes_with_the_users_beside_it(read, tmp_path, monkeypatch, folder, users):
    plan = tmp_path / "elsewhere/loadtests" / folder / "plan.yaml"
    plan.parent.mkdir(parents=True)
    plan.write_text(PLAN)
    (tmp_path / "elsewhere" / users / "shop.py").touch()
    here = tmp_path / "here"
    # The users of this folder are another service's.
    (here / "loadtests").mkdir(parents=True)
    (here / "locust.conf").touch()
    monkeypatch.chdir(here)
    command = run_command(read_plan_file(plan), [], 1.0)
    assert command[command.index("-f") + 1] == str(tmp_path / "elsewhere" / users)
    assert "-f" not in run_command(read_plan_file(plan), [], 1.0, ["--locustfile=own.py"])
