"""The plans that come with the project say what the deployment guide says."""

from fractions import Fraction
from pathlib import Path

import pytest

from harness.judge.planning.needs import merged_blocks
from harness.judge.windows.design import StageDesign
from harness.plan.loader import load_plan
from harness.plan.model import Embedded
from tests.judge.judged import certain_limitations

PLANS = Path(__file__).parents[2] / "loadtests" / "plans"
SCRIPT = "scripts/run_week2_deployment.sh"

# The guide's sections: traffic, minutes and seconds of its monitor, the script's verb, success criteria.
GUIDE = {
    "canary-5": (
        Fraction(5, 100),
        15,
        10,
        "canary",
        ["error rate < 0.1%", "p95 < 150ms", "no critical alerts", "health checks passing"],
    ),
    "canary-25": (
        Fraction(25, 100),
        30,
        10,
        "canary",
        ["error rate < 0.1%", "p95 < 150ms", "system stable", "no performance degradation"],
    ),
    "rollout-50": (
        Fraction(50, 100),
        60,
        10,
        "rollout",
        ["error rate < 0.1%", "p95 < 100ms", "throughput > 6000/s", "no performance degradation"],
    ),
    "rollout-75": (
        Fraction(75, 100),
        120,
        10,
        "rollout",
        ["error rate < 0.1%", "p95 < 100ms", "throughput > 6000/s", "system stable"],
    ),
    "full-100": (
        Fraction(1),
        1440,
        60,
        "full",
        ["error rate < 0.05%", "p95 < 100ms", "throughput > 6800/s", "stable for 24h"],
    ),
}
KEY_METRICS = {
    "error rate": {"target": "< 0.1%", "warning": "> 1%", "critical": "> 5%"},
    "p95": {"target": "< 100ms", "warning": "> 150ms", "critical": "> 200ms"},
    "throughput": {"target": "> 6000/s", "warning": "< 5000/s"},
    "memory": {"target": "< 2.4GB", "warning": "> 2GB", "critical": "> 2.4GB"},
    "cpu": {"target": "< 80%", "warning": "> 80%", "critical": "> 95%"},
}


@pytest.fixture(scope="module")
def production():
    return load_plan(PLANS / "production.yaml")


@pytest.fixture(scope="module")
def quick():
    return load_plan(PLANS / "quick.yaml")


def test_production_has_the_stages_of_the_guide_in_its_order(production):
    assert [stage.name for stage in production.stages] == list(GUIDE)


@pytest.mark.parametrize("name", GUIDE)
def test_a_production_stage_is_the_section_of_the_guide(production, name):
    stage = production.stage_named(name)
    weight, minutes, seconds, verb, criteria = GUIDE[name]
    assert (stage.weight, stage.duration_s, stage.interval_s) == (weight, minutes * 60, seconds)
    assert [criterion.text for criterion in stage.criteria] == criteria
    assert stage.deploy.command == ("bash", SCRIPT, verb)


def test_production_has_the_rollback_of_the_guide(production):
    assert production.deploy.rollback.command == ("bash", SCRIPT, "rollback")
    assert [trigger.text for trigger in production.rollback] == [
        "error rate > 10% for 5m",
        "p95 > 500ms for 10m",
        "service down for 5m",
    ]
    own = {stage.name: [trigger.text for trigger in stage.rollback] for stage in production.stages}
    assert own == {"canary-5": ["error rate > 1% for 5m"]} | {name: [] for name in list(GUIDE)[1:]}


@pytest.mark.parametrize("name", ["production", "quick"])
def test_the_key_metrics_have_the_levels_of_the_guide(name, request):
    assert request.getfixturevalue(name).to_document()["levels"] == KEY_METRICS


def test_production_can_be_rehearsed_anywhere_and_probes_as_the_guide_says(production):
    assert production.targets == Embedded()
    assert (production.probes.health, production.probes.metrics) == ("/health", "/metrics")
    assert production.probes.interval_s == 10


@pytest.mark.parametrize("name", ["production", "quick"])
def test_every_stage_of_our_plans_can_pass(name, request):
    plan = request.getfixturevalue(name)
    assert certain_limitations(plan) == []
    designs = [StageDesign(plan, stage) for stage in plan.stages]
    assert all(design.clock.planned_blocks >= plan.judge.min_blocks for design in designs)


def test_a_rehearsal_sixty_times_faster_can_pass_too(production):
    rehearsal = load_plan(PLANS / "production.yaml", time_scale=60)
    assert certain_limitations(rehearsal) == []


def test_the_quick_plan_takes_about_a_minute_at_seven_thousand_a_second(quick):
    assert [float(stage.weight) for stage in quick.stages] == [0.05, 0.25, 0.5, 0.75, 1.0]
    assert {quick.rate_of(stage) for stage in quick.stages} == {7000.0}
    assert 60 <= sum(stage.duration_s for stage in quick.stages) <= 70
    assert (quick.load.max_in_flight, quick.load.timeout_s) == (512, 10.0)


def test_the_first_quick_stage_is_long_enough_to_compare(quick):
    first = merged_blocks(StageDesign(quick, quick.stages[0]), quick.judge.min_blocks)
    assert (first.needed, first.planned, first.canary_requests) == (10, 30, pytest.approx(210))


def test_the_quick_plan_compares_with_the_baseline_as_long_as_there_is_one(quick):
    relative = [any(criterion.is_relative for criterion in stage.criteria) for stage in quick.stages]
    assert relative == [True, True, True, True, False]
