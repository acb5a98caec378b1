"""`harness init` leaves something that works."""

import ast

import pytest

from harness.judge.planning.feasibility import limitations
from harness.plan.loader import load_plan
from harness.starter import FILES, StarterError, write_starter


def test_what_init_writes_is_a_plan_a_user_and_a_configuration(tmp_path):
    assert {str(path.relative_to(tmp_path)) for path in write_starter(tmp_path)} == set(FILES)
    plan = load_plan(tmp_path / "loadtests/plans/canary.yaml")
    assert limitations(plan) == ()
    ast.parse((tmp_path / "loadtests/service.py").read_text())
    assert "plan = loadtests/plans/canary.yaml" in (tmp_path / "locust.conf").read_text()


def test_init_replaces_nothing(tmp_path):
    (tmp_path / "locust.conf").write_text("mine")
    with pytest.raises(StarterError, match=r"locust\.conf: exists already"):
        write_starter(tmp_path)
    assert (tmp_path / "locust.conf").read_text() == "mine"
    assert not (tmp_path / "loadtests").exists()
