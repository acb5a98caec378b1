import os
import subprocess
from pathlib import Path

import pytest

from harness.plan.router import Envoy
from harness.rollout.routers.envoy import EnvoyRouter
from harness.rollout.routers.started import StartedRouter
from tests.rollout.conftest import TWO, needs, split, variants_of

SCRIPT = Path(__file__).parents[2] / "scripts" / "run_week2_deployment.sh"


def run_script(tmp_path, verb, **environment):
    known = {key: value for key, value in os.environ.items() if not key.startswith(("HARNESS_", "DEPLOY_"))}
    environment = {**known, "DEPLOY_STATE": str(tmp_path / "state" / "weight"), **environment}
    return subprocess.run(
        ["bash", SCRIPT, verb], env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    ("verb", "percent"), [("canary", "5"), ("rollout", "50"), ("full", "100"), ("rollback", "0")]
)
def test_each_verb_of_the_guide_sets_its_share(tmp_path, verb, percent):
    done = run_script(tmp_path, verb)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "state" / "weight").read_text() == f"{percent}\n"


def test_a_stage_may_say_another_share_but_a_rollback_is_always_to_nothing(tmp_path):
    run_script(tmp_path, "canary", HARNESS_WEIGHT_PERCENT="25")
    assert (tmp_path / "state" / "weight").read_text() == "25\n"
    run_script(tmp_path, "rollback", HARNESS_WEIGHT_PERCENT="25")
    assert (tmp_path / "state" / "weight").read_text() == "0\n"


def test_a_dry_run_changes_nothing(tmp_path):
    assert run_script(tmp_path, "rollback", HARNESS_DRY_RUN="1").returncode == 0
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("verb", ["", "down", "canary; true"])
def test_another_verb_is_refused(tmp_path, verb):
    assert run_script(tmp_path, verb).returncode == 2


def test_a_router_that_does_not_answer_is_an_error_and_the_weight_is_not_stored(tmp_path):
    done = run_script(tmp_path, "canary", DEPLOY_ENVOY_ADMIN="http://127.0.0.1:9")
    assert done.returncode == 1
    assert "refused the weight" in done.stderr
    assert not (tmp_path / "state").exists()


def test_a_service_that_is_not_healthy_afterwards_is_an_error(tmp_path):
    done = run_script(tmp_path, "rollback", DEPLOY_HEALTH_URL="file:///no/such/file")
    assert done.returncode == 1
    assert "is not healthy" in done.stderr


def test_with_compose_a_rollback_takes_the_services_down_and_up_again(tmp_path):
    program, said = tmp_path / "docker-compose", tmp_path / "said"
    program.write_text(f'#!/bin/sh\necho "$@" >> {said}\n')
    program.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    assert run_script(tmp_path, "canary", DEPLOY_COMPOSE="1", PATH=path).returncode == 0
    assert run_script(tmp_path, "rollback", DEPLOY_COMPOSE="1", PATH=path).returncode == 0
    compose = f"-f {SCRIPT.parents[1] / 'staging' / 'docker-compose.staging.yml'}"
    up = f"{compose} up -d --scale control-plane=1"
    assert said.read_text().splitlines() == [up, f"{compose} down", up]


@needs("envoy")
def test_the_script_moves_the_traffic_of_a_real_envoy(tmp_path, service):
    settings = Envoy(admin="http://127.0.0.1:19908", start=True)
    router = StartedRouter.start(settings, service)
    try:
        environment = {
            "DEPLOY_ENVOY_ADMIN": settings.admin,
            "DEPLOY_HEALTH_URL": f"{service['baseline']}/health",
        }
        assert run_script(tmp_path, "full", **environment).returncode == 0
        assert variants_of(router.url) == {"canary": 400}
        assert EnvoyRouter(settings, TWO).verify() == split(1)
        assert run_script(tmp_path, "rollback", **environment).returncode == 0
        assert variants_of(router.url) == {"baseline": 400}
    finally:
        router.stop()
