import os
from pathlib import Path

import pytest

from harness.app.users.location import files_of, is_named, users_of


@pytest.fixture
def here(tmp_path, monkeypatch):
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.delenv("LOCUST_LOCUSTFILE", raising=False)
    return here


def made(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


def test_a_plan_of_another_folder_comes_with_the_users_beside_it(here, tmp_path):
    made(here / "locust.conf")
    plan = made(tmp_path / "shop/plans/canary.yaml")
    assert users_of(plan) is None
    made(tmp_path / "shop/users.py")
    assert users_of(plan) == tmp_path / "shop"
    assert not is_named(plan)


def test_for_a_plan_of_here_locust_conf_comes_before_the_folder_of_load_tests(here):
    plan = made(here / "plan.yaml")
    made(here / "loadtests/users.py")
    assert users_of(plan) == Path("loadtests")
    (here / "locust.conf").write_text("locustfile = other.py\n")
    assert (users_of(plan), is_named(plan)) == (Path("other.py"), True)
    (here / "locust.conf").write_text("headless = true\n")
    assert users_of(plan) is None


def test_locusts_variable_comes_before_all(here, monkeypatch):
    monkeypatch.setenv("LOCUST_LOCUSTFILE", "named.py")
    assert (users_of(here / "plan.yaml"), is_named(here / "plan.yaml")) == (Path("named.py"), True)


def test_a_folder_is_its_python_files_and_a_file_is_itself(here):
    files = [made(here / "a.py"), made(here / "b/c.py")]
    made(here / "b/plan.yaml")
    assert list(files_of(here)) == files
    assert list(files_of(files[0])) == files[:1]
    assert list(files_of(here / "none")) == []


def test_what_vanishes_from_a_folder_while_it_is_read_is_not_part_of_it(here, monkeypatch):
    kept = made(here / "a.py")
    gone = made(here / "b/c.py")
    scandir = os.scandir

    def vanishing(path):
        if Path(path) == gone.parent and gone.exists():
            gone.unlink()
            gone.parent.rmdir()
        return scandir(path)

    monkeypatch.setattr(os, "scandir", vanishing)
    assert list(files_of(here)) == [kept]


def test_only_regular_files_are_users(here):
    os.mkfifo(here / "pipe.py")
    (here / "dangling.py").symlink_to(here / "none.py")
    (here / "folder.py").mkdir()
    kept = made(here / "folder.py/a.py")
    assert list(files_of(here)) == [kept]
