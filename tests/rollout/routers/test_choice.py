"""Whoever adds a router to the plan is told what else it needs."""

from pathlib import Path
from typing import get_args

import pytest
from pydantic import TypeAdapter

from harness.plan.router import Envoy, Haproxy, Nginx, Router, RouterCommand
from harness.rollout.routers.choice import launch, program_of, router_of
from harness.rollout.routers.router import RouterError
from tests.plan.reference import PAGE
from tests.rollout.conftest import TWO

HERE = Path(__file__).parent
MODULES = Path(__file__).parents[3] / "harness/rollout/routers"
SETTINGS = {
    "envoy": Envoy(),
    "haproxy": Haproxy(),
    "nginx": Nginx(file="/etc/nginx/conf.d/canary.conf"),
    "command": RouterCommand(command=["./set-weight.sh"]),
}
KINDS = [get_args(member)[0].kind for member in get_args(get_args(Router)[0])]
SERVERS = dict.fromkeys(TWO, ("127.0.0.1", 8080))


def test_each_kind_of_router_is_tried_here():
    assert list(SETTINGS) == KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_a_module_a_test_and_a_place_in_the_reference(kind):
    assert (MODULES / f"{kind}.py").exists()
    assert (HERE / f"test_{kind}.py").exists()
    assert f"\n| `{kind}` | " in PAGE.read_text(encoding="utf-8").partition("### `router`")[2]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_written_under_its_key_in_a_plan(kind):
    routers = TypeAdapter(Router)
    written = routers.dump_python(SETTINGS[kind], mode="json", by_alias=True)
    assert list(written) == [kind]
    assert routers.validate_python(written) == SETTINGS[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_can_be_told_a_weight(kind):
    assert router_of(SETTINGS[kind], TWO).set_shares


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_says_what_setting_a_weight_asks_writes_or_runs(kind):
    steps = router_of(SETTINGS[kind], TWO).steps()
    assert steps
    assert all(step.startswith(("set ", "write ", "run ")) for step in steps)


@pytest.mark.parametrize("kind", ["nginx", "command"])
def test_a_router_that_no_run_starts_says_so(kind, tmp_path):
    with pytest.raises(RouterError, match=f"a router of the kind `{kind}` cannot be started by a run"):
        launch(SETTINGS[kind], SERVERS, 1, tmp_path)
    assert program_of(SETTINGS[kind]) is None


@pytest.mark.parametrize("kind", ["envoy", "haproxy"])
def test_a_router_that_a_run_starts_names_its_program_and_how_to_install_it(kind):
    program = program_of(SETTINGS[kind])
    assert (program.name, "install" in program.install) == (kind, True)
