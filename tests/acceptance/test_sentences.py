"""Numbers and sentence of a finding agree: what fails is beyond the limit shown, what passes keeps it."""

import math
import os
from typing import NamedTuple

import numpy as np
import pytest

from harness.judge.finding import Finding, FindingKind
from harness.judge.outcome import Outcome
from harness.judge.stage import judge_stage
from harness.judge.words import MILLISECONDS, PER_SECOND, PERCENT, duration
from harness.record.evidence import Interval
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.tag import LATENESS_HUB, LATENESS_SENT, Kind, Tag
from tests.acceptance.pods import plan_of, recorded

STAGES = 2000 if os.environ.get("HARNESS_ACCEPTANCE") else 12
ONCE_WRONG = (213,)
"""A mean that failed without a number, because failures count as never answered where nothing is known."""
CRITERIA = (
    *("p95 < 150ms", "p50 <= 45ms", "mean < 60ms", "error rate < 0.1%", "throughput > 90/s"),
    *(
        "p95 <= baseline + 10%",
        "mean < baseline + 5ms",
        "error rate < baseline",
        "no performance degradation",
    ),
)
UNITS = {unit.name: unit for unit in (MILLISECONDS, PERCENT, PER_SECOND)}


def verdict(seed):
    """A short stage of two endpoints, good, bad or in between, all along or for a part of it."""
    rng = np.random.default_rng([20261128, seed])
    per_s, weight = float(rng.choice([30, 100, 400])), float(rng.choice([0.1, 0.5]))
    begins, lasts = int(rng.integers(0, 30)), int(rng.choice([4, 12, 40]))
    scale, error_rate = float(rng.choice([1.0, 1.1, 1.3, 2.0])), float(rng.choice([0.0, 0.001, 0.02]))
    during = (np.arange(36) >= begins) & (np.arange(36) < begins + lasts)
    worse = np.where(during, math.log(scale), 0.0), np.where(during, error_rate, 0.0)
    as_usual = np.zeros(36), np.zeros(36)
    common = worse if rng.random() < 0.2 else as_usual
    heavy = float(rng.choice([0.05, 0.05, 0.05, 0.09]))
    wander = float(rng.choice([0.0, 0.05, 0.2]))
    traffic = {
        Tag("baseline", Kind.RESPONSE, "/light"): Course(per_s * (1 - weight) * 0.95, 0.0, *common),
        Tag("baseline", Kind.RESPONSE, "/heavy"): Course(per_s * (1 - weight) * 0.05, 1.4, *common),
        Tag("canary", Kind.RESPONSE, "/light"): Course(per_s * weight * (1 - heavy), 0.0, *worse),
        Tag("canary", Kind.RESPONSE, "/heavy"): Course(per_s * weight * heavy, 1.4, *worse),
    }
    criteria = [str(text) for text in rng.choice(CRITERIA, 4, replace=False)]
    plan = plan_of(criteria, minutes=6, per_s=per_s, weight=f"{100 * weight:g}%")
    intervals = tuple(interval(rng, number, traffic, wander) for number in range(36))
    return judge_stage(plan, recorded(plan.stages[0], intervals))


class Course(NamedTuple):
    """The requests of a variant at one endpoint: how many a second, and how they fare in each interval."""

    per_s: float
    slower: float
    """ln of how much slower they are than others."""
    shift: np.ndarray
    failing: np.ndarray


def interval(rng, number, traffic, wander):
    """Ten seconds in which each variant is as slow as it happens to be."""
    histograms, sent = {}, 0
    level = dict.fromkeys(("baseline", "canary"), 0.0)
    level |= {name: wander * rng.standard_normal() for name in level}
    for tag, course in traffic.items():
        n = int(rng.poisson(course.per_s * 10))
        failed = int(rng.binomial(n, course.failing[number]))
        ln_s = math.log(0.04) + level[tag.variant] + course.slower + course.shift[number]
        times_s = np.exp(ln_s + 0.6 * rng.standard_normal(n - failed))
        response, _ = Histogram.of_values(np.maximum(np.rint(times_s * 1e6), 1))
        histograms[tag] = histograms[tag._replace(kind=Kind.SERVICE)] = response
        histograms[tag._replace(kind=Kind.FAILED)] = (
            Histogram([1000], [failed]) if failed else Histogram.empty()
        )
        sent += n
    of_generator = {LATENESS_SENT: Histogram([100], [sent]), LATENESS_HUB: Histogram([100], [100])}
    return Interval(10.0 * number, 10.0, histograms | of_generator)


def contradiction(found: Finding) -> str | None:
    """What is wrong with the numbers of a finding about requests, if anything."""
    if found.measure is None or found.outcome not in (Outcome.PASS, Outcome.FAIL):
        return None
    if found.observed is None or found.limit is None:
        return "a decision without numbers"
    low = -np.inf if found.lower is None else found.lower
    high = np.inf if found.upper is None else found.upper
    beyond, within = (low, high) if found.better == "lower" else (-high, -low)
    limit = found.limit if found.better == "lower" else -found.limit
    if found.outcome is Outcome.FAIL and not beyond >= limit:
        return "it fails and its bound keeps the limit"
    if found.outcome is Outcome.PASS and not within <= limit:
        return "it passes and its bound breaks the limit"
    return None


def unspoken(found: Finding) -> list[str]:
    """The numbers that decided and stand nowhere in the sentence."""
    unit = UNITS.get(found.unit)
    if unit is None or found.observed is None or found.criterion == "no performance degradation":
        return []
    sign = "+" if found.relative else ""
    said = [unit.spoken(value * unit.size, sign) for value in (found.observed, found.limit)]
    if found.decided_at_s is not None:
        said.append(f"{duration(found.decided_at_s)} into the stage")
    said += [duration(at_s) for at_s in (found.since_s, found.until_s) if at_s is not None]
    return [text for text in said if text not in found.reason]


@pytest.mark.parametrize("part", range(5))
def test_numbers_and_sentence_of_every_finding_agree(part):
    wrong = [
        (seed, found.title, why, found.reason)
        for seed in (*range(part, STAGES, 5), *(ONCE_WRONG if part == 0 else ()))
        for found in verdict(seed).findings
        if found.kind in (FindingKind.CRITERION, FindingKind.ENDPOINT)
        for why in (contradiction(found), *unspoken(found))
        if why
    ]
    assert wrong == []


def test_the_stages_differ_enough_to_show_a_contradiction():
    outcomes = {found.outcome for seed in range(12) for found in verdict(seed).findings if found.measure}
    assert outcomes >= {Outcome.PASS, Outcome.INCONCLUSIVE, Outcome.FAIL}
