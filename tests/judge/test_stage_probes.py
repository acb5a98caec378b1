"""What the probes saw, and whether they saw it all the time."""

from dataclasses import replace

import pytest

from harness.judge.outcome import Outcome
from harness.judge.stage import judge_stage
from harness.record.probes import GeneratorProbe
from tests.judge.judged import PROBES, SYSTEM, finding, outcome_of
from tests.judge.simulator import Conditions, plan_of, simulate


@pytest.mark.parametrize("text", SYSTEM)
def test_system_criteria_without_their_probes_are_inconclusive_and_say_what_to_configure(text):
    blind = outcome_of(text, plan_of([text]))
    assert blind.outcome is Outcome.INCONCLUSIVE
    assert "onfigure `probes" in blind.reason


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("no critical alerts", Conditions(firing=lambda s: ["DiskFull"] if s > 60 else [])),
        ("health checks passing", Conditions(healthy=lambda s: s != 60.0)),
        ("system stable", Conditions(restarts=lambda s: int(s > 60))),
        ("system stable", Conditions(memory_bytes=lambda s: 1e8 * (1 + s / 100))),
        ("stable for 1m", Conditions(healthy=lambda s: s != 60.0)),
        ("cpu < 80%", Conditions(cpu=0.9)),
        ("memory < 1GB", Conditions(memory_bytes=lambda s: 2e9 if s == 60.0 else 1e8)),
    ],
)
def test_what_the_probes_saw_fails_the_criterion(text, conditions):
    assert outcome_of(text, conditions=conditions).outcome is Outcome.FAIL


@pytest.mark.parametrize("text", SYSTEM)
def test_any_silence_of_the_probes_is_inconclusive(text):
    plan = plan_of([text], probes=PROBES)
    evidence = simulate(plan)
    for gone_s in (15.0, 65.0):
        rest = tuple(
            probe
            for probe in evidence.probes
            if isinstance(probe, GeneratorProbe) or abs(probe.t_s - gone_s) > 12
        )
        verdict = judge_stage(plan, replace(evidence, probes=rest))
        assert finding(verdict, text).outcome is Outcome.INCONCLUSIVE
