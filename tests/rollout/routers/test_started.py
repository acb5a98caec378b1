import math
from fractions import Fraction

import pytest

from harness.plan.router import Envoy, Haproxy, Nginx
from harness.rollout.probes.questions import ProbeTargets
from harness.rollout.release.rollback_check import check_rollback
from harness.rollout.routers.choice import router_of
from harness.rollout.routers.router import RouterError, apply_shares
from harness.rollout.routers.started import StartedRouter
from tests.ports import free_port
from tests.rollout.conftest import THREE, TWO, needs, split, variants_of


@pytest.fixture(
    params=[pytest.param("envoy", marks=needs("envoy")), pytest.param("haproxy", marks=needs("haproxy"))]
)
def router(request, tmp_path):
    if request.param == "envoy":
        return Envoy(admin=f"http://127.0.0.1:{free_port()}", start=True)
    return Haproxy(socket=str(tmp_path / "h.sock"), start=True)


@pytest.fixture
def started(router, service):
    running = StartedRouter.start(router, service)
    yield running
    running.stop()


def test_a_real_router_sends_nothing_to_the_canary_until_it_is_told(started):
    assert variants_of(started.url) == {"baseline": 400}


def test_the_traffic_follows_every_weight_and_comes_back(router, started):
    driven = router_of(router, TWO)
    for weight in (Fraction(1, 20), Fraction(1, 2), Fraction(3, 4), Fraction(1)):
        apply_shares(driven, "stage", split(weight))
        canary = variants_of(started.url)["canary"]
        assert abs(canary - 400 * weight) <= 5 * math.sqrt(400 * weight * (1 - weight))
    apply_shares(driven, "stage", split(0))
    assert check_rollback(ProbeTargets({"ingress": started.url}, "x-variant"), "/health") is None


def test_the_control_gets_as_much_as_the_canary_until_the_canary_has_everything(router, service_of_three):
    running = StartedRouter.start(router, service_of_three)
    try:
        driven = router_of(router, THREE)
        for weight in (Fraction(1, 10), Fraction(3, 4), Fraction(1)):
            apply_shares(driven, "stage", split(weight, THREE))
            seen = variants_of(running.url)
            for variant, share in split(weight, THREE).items():
                assert abs(seen[variant] - 400 * share) <= 5 * math.sqrt(400 * share * (1 - share))
    finally:
        running.stop()


def test_a_canary_that_is_still_served_is_noticed_from_the_traffic(router, started):
    apply_shares(router_of(router, TWO), "stage", split(Fraction(1, 2)))
    asked = ProbeTargets({"ingress": started.url}, "x-variant")
    wrong = check_rollback(asked, "/health", settles_within_s=0.0)
    assert wrong is not None
    assert "still reached the canary" in wrong


def test_a_router_that_cannot_start_says_what_it_said(service, tmp_path):
    broken = Haproxy(socket=str(tmp_path / "no" / "such" / "h.sock"), start=True)
    with pytest.raises(RouterError, match=r"did not start|not installed"):
        StartedRouter.start(broken, service)


def test_a_router_of_a_kind_that_is_never_started_is_refused(service):
    with pytest.raises(RouterError, match="cannot be started"):
        StartedRouter.start(Nginx(file="/tmp/canary.conf"), service)
