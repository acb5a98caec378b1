"""What a finding carries besides its sentence."""

import pytest

from harness.judge.finding import FindingKind, Subject
from harness.judge.outcome import Outcome
from harness.judge.sequential.watch import GROSS_REGRESSION
from harness.judge.stage import judge_stage
from tests.judge.judged import LEVELS, PROBES, REQUESTS, SYSTEM, finding, outcome_of
from tests.judge.simulator import ENDPOINT, Conditions, lognormal, plan_of, refusing_from, simulate

TRIGGER = "error rate > 20% for 10s"
STAGE = {"name": "canary", "weight": "50%", "duration": "120s", "interval": "2s"}
FULL = plan_of(
    [],
    probes=PROBES,
    levels=LEVELS,
    rollback=[TRIGGER],
    stages=[
        {
            **STAGE,
            "criteria": [*REQUESTS, *SYSTEM, "no performance degradation", "p95 < 150ms"],
            "endpoints": {ENDPOINT: ["p95 < 150ms", "error rate < 1%"]},
        }
    ],
)


@pytest.fixture(scope="module")
def refusing():
    return judge_stage(FULL, simulate(FULL, canary=refusing_from(60.0, lognormal())))


@pytest.mark.parametrize(
    "canary", [lognormal(), lognormal(scale=4.0, error_rate=0.05), refusing_from(60.0, lognormal())]
)
def test_every_id_is_unique_within_a_stage(canary):
    conditions = Conditions(memory_bytes=lambda _s: 2e9)
    ids = [
        each.id for each in judge_stage(FULL, simulate(FULL, canary=canary, conditions=conditions)).findings
    ]
    assert len(ids) == len(set(ids))


def test_a_criterion_that_is_stated_twice_is_judged_once(refusing):
    assert [each.id for each in refusing.findings].count("criterion:p95 < 150ms") == 1


def test_titles_name_the_endpoint_the_level_or_the_note():
    titles = [
        Subject.of_criterion("p95 < 150ms", "GET /a").title,
        Subject.of_level("cpu", "critical", "cpu > 95%").title,
        Subject.of_note("steady-baseline", "steady baseline").title,
    ]
    assert titles == ["GET /a: p95 < 150ms", "critical: cpu > 95%", "note: steady baseline"]


@pytest.mark.parametrize(
    ("text", "baseline", "unit"),
    [
        ("p95 < 150ms", 45.5, "ms"),
        ("mean < 100ms", 22.7, "ms"),
        ("p95 <= baseline + 20%", 45.5, "ms"),
        ("p95 <= baseline + 5ms", 45.5, "ms"),
        ("error rate < 1%", 2.0, "%"),
        ("error rate <= baseline", 2.0, "%"),
        ("memory < 1GB", 0.2, "GB"),
        ("cpu <= baseline + 5%", 50.0, "%"),
    ],
)
def test_the_baseline_s_own_value_stands_beside_the_canary_s(text, baseline, unit):
    found = outcome_of(text, baseline=lognormal(error_rate=0.02))
    assert found.baseline == pytest.approx(baseline, rel=0.1)
    assert found.baseline_unit == unit


@pytest.mark.parametrize(("text", "weight"), [("throughput > 50/s", "50%"), ("p95 < 150ms", "100%")])
def test_where_no_baseline_has_its_own_value_there_is_none(text, weight):
    found = outcome_of(text, plan_of([text], weight=weight))
    assert (found.baseline, found.baseline_unit) == (None, "")


def test_what_failed_before_the_end_says_since_when(refusing):
    assert refusing.early_fail.id in {each.id for each in refusing.findings}
    failed = finding(refusing, "error rate < 1%")
    assert 60 < failed.decided_at_s < 120
    assert finding(refusing, "cpu < 80%").decided_at_s is None


def test_a_fact_that_nothing_later_mends_decides_at_its_moment():
    sick = outcome_of("health checks passing", conditions=Conditions(healthy=lambda s: s != 60.0))
    assert sick.decided_at_s == 60.0


def test_a_trigger_that_fired_shows_the_last_interval_and_when_it_fired(refusing):
    fired = next(each for each in refusing.findings if each.kind is FindingKind.TRIGGER)
    assert fired.id == f"trigger:{TRIGGER}"
    assert (fired.observed, fired.limit, fired.unit, fired.better) == (100.0, 20.0, "%", "lower")
    assert (fired.decided_at_s, fired.n) == (70.0, 5)


def test_the_built_in_alarm_has_a_finding_of_its_own():
    slow = judge_stage(FULL, simulate(FULL, canary=lognormal(scale=2.0)))
    gross = next(each for each in slow.findings if each.id == GROSS_REGRESSION.id)
    # A share of requests over a stretch of time: no measure of the criterion language.
    assert (gross.outcome, gross.measure, gross.relative) == (Outcome.FAIL, None, False)
    assert gross.observed > gross.limit
    assert gross.decided_at_s is not None
