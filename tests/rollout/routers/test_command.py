import sys
from fractions import Fraction

import pytest

from harness.plan.router import RouterCommand
from harness.rollout.routers.command import CommandRouter
from harness.rollout.routers.router import RouterError
from tests.rollout.conftest import split


def router(code):
    return CommandRouter(RouterCommand(command=(sys.executable, "-c", code)))


def test_the_command_finds_the_weight_and_the_stage_in_its_environment(tmp_path):
    kept = tmp_path / "kept"
    told = "os.environ['HARNESS_STAGE'] + ' ' + os.environ['HARNESS_WEIGHT']"
    router(f"import os; open({str(kept)!r}, 'w').write({told})").set_shares(
        "canary-5", split(Fraction(1, 20))
    )
    assert kept.read_text() == "canary-5 0.05"


def test_a_command_that_fails_is_a_router_that_did_not_obey():
    with pytest.raises(RouterError, match="exit"):
        router("import sys; sys.exit(3)").set_shares("canary-5", split(Fraction(1, 20)))


def test_a_command_cannot_be_asked():
    assert router("pass").verify() is None
