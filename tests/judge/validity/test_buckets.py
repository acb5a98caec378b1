"""Criteria about times that are known to a bucket."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from harness.judge.outcome import Outcome
from harness.judge.stage import judge_stage
from harness.observe.metrics.bucket_window import BucketWindow
from harness.observe.variant_values import Owner
from harness.plan.loader import parse_plan
from harness.record.evidence import Interval
from harness.record.evidence_source import EvidenceSource
from harness.record.histograms.readings.scrape_reading import ScrapeReading
from harness.record.probes import ScrapeProbe
from tests.judge.simulator import STARTED_S, simulate
from tests.judge.validity.traffic import SENT

EDGES_S = (0.0, 0.05, 0.1, 0.2, 0.4, float("inf"))
STAGE = SENT.stages[0]
LAST = round(STAGE.duration_s / STAGE.interval_s) - 1
STEADY = {"asked": 4, "missed": 0, "resets": 0, "series": 8, "unlabelled": 0}


def plan(*criteria, weight="50%"):
    return parse_plan(
        "service: tasks\n"
        "traffic:\n"
        "  metrics: {source: probes, duration: took_seconds, failed: 'code=~\"5..\"', "
        "instances: {baseline: http://b/m, canary: http://c/m}}\n"
        f"judge: {{block: {SENT.judge.block_s:g}s, warmup: {SENT.judge.warmup_s:g}s}}\n"
        "stages:\n"
        f"  - {{name: {STAGE.name}, weight: {weight}, duration: {STAGE.duration_s:g}s, "
        f"interval: {STAGE.interval_s:g}s, criteria: [{', '.join(criteria)}]}}\n"
    )


def evidence(canary=1.0, baseline=1.0, edges_s=EDGES_S, lost=None):
    """Return a stage whose times are about 60 to 140 ms, times a factor, known to buckets."""
    rng = np.random.default_rng(7)
    intervals, probes = [], []
    buckets = list(pairwise(edges_s))
    for number in range(round(STAGE.duration_s / STAGE.interval_s)):
        window = BucketWindow(1e6)
        for owner, factor in ((Owner.BASELINE, baseline), (Owner.CANARY, canary)):
            times_s = rng.uniform(0.06, 0.14, 200) * factor
            counts = np.histogram(times_s, [lower for lower, _ in buckets] + [1e9])[0]
            held = {bucket: int(count) for bucket, count in zip(buckets, counts, strict=True) if count}
            window.add(owner, "GET /tasks", failed=False, counts=held)
        start_s = number * STAGE.interval_s
        closed = window.close(start_s, STAGE.interval_s, (), ScrapeReading())
        intervals.append(Interval(start_s, STAGE.interval_s, closed.histograms))
        figures = {"asked": 4, "missed": 0, "resets": 0, "series": 8, "unlabelled": 0} | (lost or {}).get(
            number, {}
        )
        end_s = STARTED_S + start_s + STAGE.interval_s
        probes.append(ScrapeProbe(t_s=end_s, stage=STAGE.name, interval_s=STAGE.interval_s, **figures))
    requests = 200 * len(intervals)
    like = simulate(SENT)
    finished = replace(like.finished, requests={"baseline": requests, "canary": requests})
    return replace(
        like,
        intervals=intervals,
        probes=tuple(probes),
        finished=finished,
        source=EvidenceSource.METRICS,
    )


def verdict_of(its_plan, seen):
    return judge_stage(its_plan, replace(seen, stage=its_plan.stages[0]))


def judged(criterion, **stage):
    verdict = verdict_of(plan(criterion), evidence(**stage))
    return next(found for found in verdict.findings if found.criterion == criterion)


def test_a_limit_at_a_bucket_s_edge_decides_either_way():
    assert judged("p95 < 200ms").outcome is Outcome.PASS
    assert judged("p95 < 100ms", canary=2.0).outcome is Outcome.FAIL


def test_the_bounds_of_what_passes_are_the_edges():
    found = judged("p95 < 200ms")
    assert found.lower == pytest.approx(100, rel=0.01)
    assert found.upper == pytest.approx(200, rel=0.01)


@pytest.mark.parametrize("canary", [0.9, 1.0, 1.4])
def test_a_limit_within_a_bucket_decides_nothing_and_is_named_as_the_boundary_that_would(canary):
    found = judged("p95 < 150ms", canary=canary)
    assert found.outcome is Outcome.INCONCLUSIVE
    assert "was between 100.1 ms and 199.9 ms; a bucket boundary at 150 ms would decide" in found.reason


def test_a_change_that_wide_buckets_cannot_show_neither_passes_nor_fails():
    found = judged("p95 < baseline + 10%")
    assert found.outcome is Outcome.INCONCLUSIVE
    assert "narrower buckets" in found.reason
    assert judged("p95 < baseline + 10%", canary=1.3).outcome is Outcome.INCONCLUSIVE


def test_a_change_beyond_every_edge_fails():
    assert judged("p95 < baseline + 10%", canary=4.0).outcome is Outcome.FAIL


def test_narrow_buckets_show_a_change():
    edges_s = (0.0, *(0.05 * 1.005**n for n in range(400)), float("inf"))
    assert judged("p95 < baseline + 10%", edges_s=edges_s).outcome is Outcome.PASS
    assert judged("p95 < baseline + 10%", canary=1.3, edges_s=edges_s).outcome is Outcome.FAIL


def test_rates_need_no_edges():
    assert judged("error rate < 1%").outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("lost", "outcome", "said"),
    [
        ({}, Outcome.PASS, "0 of"),
        ({3: {"missed": 1, "resets": 2}}, Outcome.PASS, "follow a restart"),
        ({n: {"missed": 1} for n in range(20)}, Outcome.INVALID, "could not be read"),
        ({n: {"series": 0} for n in range(LAST + 1)}, Outcome.INVALID, "No page has the histogram"),
        ({3: {"unlabelled": 1}}, Outcome.INVALID, "have no label that"),
        ({LAST: {"missed": 1}}, Outcome.INVALID, "at the end of the stage"),
    ],
)
def test_metrics_are_complete_when_pages_come_and_no_count_is_lost(lost, outcome, said):
    verdict = verdict_of(plan("error rate < 1%"), evidence(lost=lost))
    found = next(each for each in verdict.findings if each.id == "validity:metrics-complete")
    assert found.outcome is outcome
    assert said in found.reason


def test_a_pass_is_shown_with_the_edges_against_the_canary():
    found = judged("p95 < 300ms")
    assert found.outcome is Outcome.PASS
    assert found.observed == pytest.approx(200, rel=0.01)
    assert f"p95 was {found.observed:.4g} ms" in found.reason
