"""Plans made in code."""

from fractions import Fraction

import pytest
from pydantic import ValidationError

from harness.plan.criteria.criterion import parse_criterion
from harness.plan.model import Direct, Embedded, Faults, Ingress, JudgeSettings, Load, Plan, Stage
from harness.plan.router import Envoy, Haproxy, is_started
from harness.plan.targets import host_of


def stage(**changes):
    given = {"name": "a", "weight": Fraction(1, 20), "duration_s": 60.0, "criteria": ("p95 < 150ms",)}
    return Stage(**given | changes)


def plan(**changes):
    given = {
        "service": "x",
        "targets": Embedded(),
        "load": Load(arrival_rate_per_s=7000.0),
        "stages": (stage(),),
    }
    return Plan(**given | changes)


def test_defaults_are_those_of_the_reference():
    made = plan()
    assert made.judge == JudgeSettings(
        tolerance=0.1, block_s=30, warmup_s=60, alpha=0.01, error_margin=0.0002, min_blocks=10
    )
    assert (made.generator.lateness_p99_s, made.generator.cpu, made.generator.achieved) == (0.025, 0.95, 0.99)
    assert (made.load.max_in_flight, made.load.timeout_s, made.load.arrivals) == (512, 10.0, "constant")
    assert (made.stages[0].interval_s, made.stages[0].on_fail, made.stages[0].on_inconclusive) == (
        10.0,
        "rollback",
        "hold",
    )


def test_numbers_in_code_are_base_units_and_text_is_plan_language():
    assert stage(duration_s=900) == stage(duration_s="15m") == stage(duration_s=900.0)
    assert stage(weight="5%") == stage(weight=Fraction(1, 20)) == stage(weight=0.05)
    assert stage(criteria=[parse_criterion("p95 < 150ms")]) == stage(criteria=["p95 < 150ms"])


def test_a_weight_is_exact():
    assert stage(weight="12.5%").weight == Fraction(1, 8)
    with pytest.raises(ValidationError, match="cannot be split exactly"):
        stage(weight=Fraction(1, 3))


def test_a_stage_may_have_its_own_rate_warm_up_and_block():
    own = stage(name="b", arrival_rate_per_s=100, warmup_s=0, block_s=20)
    made = plan(stages=(stage(), own))
    assert [made.rate_of(one) for one in made.stages] == [7000, 100]
    assert [made.warmup_of(one) for one in made.stages] == [60, 0]
    assert [made.block_of(one) for one in made.stages] == [30, 20]
    assert made.stage_named("b") == own


def test_a_plan_cannot_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        plan().seed = 2


def test_what_cannot_be_is_refused_in_code_as_in_files():
    with pytest.raises(ValidationError, match="the name `a` is already used"):
        plan(stages=(stage(), stage()))
    with pytest.raises(ValidationError, match="not a whole multiple of the interval"):
        plan(stages=(stage(duration_s=61),))
    with pytest.raises(ValidationError, match="`nan` is out of range"):
        stage(duration_s=float("nan"))
    with pytest.raises(ValidationError, match=r"load may not be sent to `example\.org`"):
        plan(targets=Direct(baseline="http://example.org", canary="http://example.org"))


def test_load_goes_to_allowed_hosts_only():
    made = plan(
        targets=Direct(baseline="http://Example.org:80/v1/", canary="http://[::1]:81"),
        allow_hosts=("EXAMPLE.org", "::1"),
    )
    assert [host_of(url) for url in made.targets.urls.values()] == ["example.org", "::1"]
    assert made.targets.baseline == "http://Example.org:80/v1"


def test_a_kind_of_target_is_known_by_its_kind():
    ingress = Ingress(ingress="http://localhost", variant_header="x-variant")
    assert [target.kind for target in (Embedded(), ingress)] == ["embedded", "ingress"]
    assert plan(targets="embedded").targets == Embedded(baseline=Faults(), canary=Faults())


def test_the_embedded_service_may_have_a_router_that_the_run_starts():
    made = plan(router=Envoy(start=True))
    assert is_started(made.router)
    changed = Plan.model_validate({**dict(iter(made)), "router": {"haproxy": {"start": True}}})
    assert changed.router == Haproxy(start=True)


@pytest.mark.parametrize(
    ("targets", "router", "says"),
    [
        (
            Direct(baseline="http://localhost:1", canary="http://localhost:2"),
            {"envoy": None},
            "with the addresses of both variants the load is split without a router; remove `router`",
        ),
        (Embedded(), {"nginx": {"file": "/tmp/x"}}, "the embedded service has no router of its own"),
        (
            Ingress(ingress="http://localhost", variant_header="x-variant"),
            {"haproxy": {"start": True}},
            "`start: true` is for `targets: embedded`; remove it",
        ),
    ],
)
def test_a_router_must_fit_the_targets(targets, router, says):
    with pytest.raises(ValidationError, match=says):
        plan(targets=targets, router=router)


def test_a_router_behind_an_ingress_is_one_of_four():
    ingress = Ingress(ingress="http://localhost", variant_header="x-variant")
    for router in (
        {"envoy": {"admin": "http://127.0.0.1:9901"}},
        {"haproxy": {"socket": "/run/haproxy.sock"}},
        {"nginx": {"file": "/etc/nginx/split.conf"}},
        {"command": {"command": ["./set-weight.sh"], "timeout": "30s"}},
    ):
        made = plan(targets=ingress, router=router)
        assert [made.router.kind] == list(router)
        assert Plan.model_validate(made.to_document()) == made
        assert not is_started(made.router)


def test_a_ramp_starts_from_the_stage_before_and_a_stage_measured_again_from_itself():
    ramped = stage(name="b", arrival_rate_per_s=100, ramp_s=20)
    made = plan(stages=(stage(), ramped))
    rates, again = made.part_of(ramped), made.part_of(ramped, is_again=True)
    assert rates.total.corners[:2] == ((0, 7000), (20, 100))
    assert again.is_level
    assert made.rates_of(ramped, parts=2).plateaus == ((20, 2 * ramped.duration_s),)
    assert made.rate_of(ramped) == rates.total.mean_per_s > 100
    assert made.part_of(stage()).is_level
