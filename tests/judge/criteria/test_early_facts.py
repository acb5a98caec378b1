"""What one sight of a probe decides."""

from dataclasses import replace

import pytest

from harness.judge.criteria.early import lasting_facts
from harness.judge.outcome import Outcome
from harness.judge.stage import judge_stage
from harness.judge.view import StageView
from tests.judge.looks import early_fail
from tests.judge.simulator import Conditions, lognormal, plan_of, simulate
from tests.judge.test_stage import PROBES

CALM = Conditions()
MEMORY = {"memory": {"critical": "> 2GB"}}


def facts(plan, evidence):
    return list(lasting_facts(StageView(plan, evidence)))


def until(evidence, into_s):
    """Return what was recorded in the first seconds of a stage, as the stage cut short there leaves it."""
    ends_s = evidence.started_s + into_s
    return replace(
        evidence,
        intervals=tuple(one for one in evidence.intervals if one.start_s < into_s),
        probes=tuple(one for one in evidence.probes if one.t_s <= ends_s),
        finished=replace(evidence.finished, t_s=ends_s),
    )


@pytest.mark.parametrize(
    ("text", "conditions", "says"),
    [
        (
            "no critical alerts",
            Conditions(firing=lambda s: ["Full"] if s >= 60 else []),
            "critical alert Full",
        ),
        ("health checks passing", Conditions(healthy=lambda s: s != 60.0), "failed: HTTP 503"),
        ("system stable", Conditions(restarts=lambda s: int(s >= 60)), "restarted"),
        ("stable for 1m", Conditions(healthy=lambda s: s < 60), "failed: HTTP 503"),
        (
            "memory < 1GB",
            Conditions(memory_bytes=lambda s: 1e9 if s == 60.0 else 1e8),
            "was 1 GB, limit 1 GB",
        ),
    ],
)
def test_a_probe_that_decides_is_told_with_its_moment_and_fails_the_stage_cut_short_there(
    text, conditions, says
):
    plan = plan_of([text], probes=PROBES)
    evidence = simulate(plan, conditions=conditions)
    [fact] = facts(plan, evidence)
    assert (fact.criterion, fact.at_s) == (text, 60.0)
    assert says in fact.reason
    assert early_fail(plan, evidence) == fact
    cut = judge_stage(plan, until(evidence, 60.0))
    assert cut.outcome is Outcome.FAIL
    assert next(each for each in cut.findings if each.title == text).outcome is Outcome.FAIL


def test_a_critical_level_of_memory_decides_whatever_the_stage_promises():
    plan = plan_of(["error rate < 1%"], probes=PROBES, levels=MEMORY)
    evidence = simulate(plan, conditions=Conditions(memory_bytes=lambda s: 3e9 if s >= 60 else 1e8))
    [fact] = facts(plan, evidence)
    assert (fact.criterion, fact.at_s) == ("critical: memory > 2GB", 60.0)
    assert judge_stage(plan, until(evidence, 60.0)).outcome is Outcome.FAIL


def test_a_critical_level_of_requests_ends_the_stage_as_soon_as_it_is_sure():
    levels = {"error rate": {"critical": "> 5%"}}
    plan = plan_of(["throughput > 150/s"], weight="100%", levels=levels)
    fail = early_fail(plan, simulate(plan, canary=lognormal(error_rate=0.2)))
    assert fail.criterion == "critical: error rate > 5%"
    assert fail.at_s < 60.0


def test_nothing_is_told_of_a_calm_stage_nor_of_what_a_criterion_does_not_ask_for():
    calm = plan_of(["no critical alerts", "system stable", "memory < 1GB"], probes=PROBES, levels=MEMORY)
    assert facts(calm, simulate(calm, conditions=CALM)) == []
    unasked = plan_of(["error rate < 1%"], probes=PROBES)
    troubled = Conditions(firing=lambda s: ["Full"], healthy=lambda s: False, restarts=int)
    assert facts(unasked, simulate(unasked, conditions=troubled)) == []


def test_a_mean_is_no_fact_before_its_end():
    plan = plan_of(["cpu < 80%"], probes=PROBES, levels={"cpu": {"critical": "> 95%"}})
    assert facts(plan, simulate(plan, conditions=Conditions(cpu=0.99))) == []
