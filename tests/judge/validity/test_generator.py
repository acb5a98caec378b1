"""Whether the generator was on time and delivered its load."""

from dataclasses import replace

import numpy as np
import pytest

from harness.judge.outcome import Outcome
from harness.judge.stage import judge_stage
from harness.judge.validity.generator import DELIVERED, ON_TIME
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.tag import LATENESS_SENT
from tests.judge.judged import REQUESTS, finding
from tests.judge.simulator import Conditions, cut_short, lognormal, plan_of, simulate


def test_a_generator_out_of_cpu_is_invalid_and_one_that_hides_it_is_not_a_pass():
    plan = plan_of(REQUESTS)
    assert finding(
        judge_stage(plan, simulate(plan, conditions=Conditions(generator_cpu=0.99))), ON_TIME
    ).outcome == (Outcome.INVALID)
    silent = judge_stage(plan, simulate(plan, conditions=Conditions(generator_cpu=None)))
    assert silent.outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize(
    ("waited", "stolen", "named"),
    [
        (0.12, 0.02, "for 12% of the time it was ready to run and had no core."),
        (None, 0.52, "the host of this virtual machine took 52% of a core away."),
        (0.12, 0.52, "had no core, and the host of this virtual machine took 52% of a core away."),
    ],
)
def test_a_late_generator_whose_core_others_had_says_so(waited, stolen, named):
    held_up = Conditions(hub_lateness_s=0.04, generator_waited=waited, generator_stolen=stolen)
    plan = plan_of(REQUESTS)
    late = finding(judge_stage(plan, simulate(plan, conditions=held_up)), ON_TIME)
    assert late.outcome is Outcome.INVALID
    assert late.reason.endswith(f"{named} Send from a machine with cores to spare.")


def test_a_generator_that_is_late_by_itself_or_on_time_blames_nobody():
    plan = plan_of(REQUESTS)
    for conditions in (
        Conditions(hub_lateness_s=0.04, generator_waited=0.01, generator_stolen=0.0),
        Conditions(generator_waited=0.2, generator_stolen=0.5),
    ):
        reason = finding(judge_stage(plan, simulate(plan, conditions=conditions)), ON_TIME).reason
        assert reason.endswith("(limit 95%).")


def test_a_warm_up_that_takes_the_whole_stage_is_named_and_no_record_is_missed():
    plan = plan_of(REQUESTS, duration="20s", judge={"block": "4s", "warmup": "60s"})
    found = finding(judge_stage(plan, simulate(plan)), ON_TIME)
    assert found.outcome is Outcome.INVALID
    assert found.reason == (
        "Nothing was judged: the warm-up of 1 min leaves nothing of 20 s to judge; "
        "write a shorter `warmup` or a longer `duration`."
    )


def test_load_that_was_not_delivered_is_invalid_while_slowness_stands():
    plan = plan_of(REQUESTS)
    evidence = simulate(plan, canary=lognormal(scale=5.0))
    sparse = [
        replace(
            each, histograms={**each.histograms, LATENESS_SENT: Histogram.of_values(np.full(300, 9e5))[0]}
        )
        for each in evidence.intervals
    ]
    verdict = judge_stage(plan, replace(evidence, intervals=tuple(sparse)))
    assert finding(verdict, DELIVERED).outcome is Outcome.INVALID
    assert finding(verdict, "p95 < 150ms").outcome is Outcome.FAIL
    assert verdict.outcome is Outcome.FAIL


def _sent(evidence, per_interval):
    """Return the evidence with so many arrivals sent in each interval, each a second after it was due."""
    sent = Histogram.of_values(np.full(per_interval, 1e6))[0]
    return replace(
        evidence,
        intervals=tuple(
            replace(each, histograms={**each.histograms, LATENESS_SENT: sent}) for each in evidence.intervals
        ),
    )


def test_a_cap_that_both_variants_hit_is_named_with_the_value_it_needs():
    plan = plan_of(["error rate < 50%"])
    slow = lognormal(median_s=7.0, sigma=0.1)
    evidence = simulate(plan, canary=slow, baseline=slow)
    verdict = judge_stage(plan, _sent(evidence, 130))
    assert verdict.outcome is Outcome.INVALID
    # Requests take 7 s, of which 1 s is waiting: 100/s of each variant for 6 s, and a quarter to spare.
    assert finding(verdict, DELIVERED).reason.endswith("Raise `load.max_in_flight` from 512 to 754.")


def test_a_cap_that_was_hit_because_the_generator_was_late_is_not_to_be_raised():
    plan = plan_of(["error rate < 50%"])
    slow = lognormal(median_s=7.0, sigma=0.1)
    late = Conditions(hub_lateness_s=0.3)
    evidence = simulate(plan, canary=slow, baseline=slow, conditions=late)
    verdict = judge_stage(plan, _sent(evidence, 130))
    assert finding(verdict, DELIVERED).reason.endswith(" 0 dropped.")


def test_the_achieved_rate_of_a_stage_that_was_cut_short_ends_with_its_load():
    plan = plan_of(REQUESTS)
    evidence = simulate(plan)
    half = {
        tag: Histogram([1000], [some.total // 2]) if some.total > 1 else some
        for tag, some in evidence.intervals[29].histograms.items()
    }
    torn = (*evidence.intervals[:29], replace(evidence.intervals[29], histograms=half))
    verdict = judge_stage(plan, cut_short(replace(evidence, intervals=torn), 60.0))
    assert verdict.achieved_rate == pytest.approx(verdict.planned_rate, rel=1e-3)
