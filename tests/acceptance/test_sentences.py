"""Numbers and sentence of a finding agree: what fails is beyond the limit shown, what passes keeps it."""

import os

import numpy as np
import pytest

from harness.judge.finding import Finding, FindingKind
from harness.judge.outcome import Outcome
from harness.judge.stage import judge_stage
from harness.judge.words import MILLISECONDS, PER_SECOND, PERCENT, duration
from tests.acceptance.endpoints import evidence_of
from tests.acceptance.pods import Episode, Side, plan_of

STAGES = 2000 if os.environ.get("HARNESS_ACCEPTANCE") == "full" else 12
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
    per_s = float(rng.choice([30, 100, 400]))
    weight = float(rng.choice([0.1, 0.5]))
    begins_s = 10.0 * int(rng.integers(0, 30))
    lasts_s = float(rng.choice([40.0, 120.0, 400.0]))
    scale, error_rate = float(rng.choice([1.0, 1.1, 1.3, 2.0])), float(rng.choice([0.0, 0.001, 0.02]))
    worse = (Episode(begins_s, begins_s + lasts_s, scale=scale, error_rate=error_rate),)
    common = worse if rng.random() < 0.2 else ()
    heavy = float(rng.choice([0.05, 0.05, 0.05, 0.09]))

    def side(share, slow, episodes):
        return Side(2, max(per_s * share, 0.1), scale=slow, episodes=episodes)

    endpoints = {
        "/light": (side((1 - weight) * 0.95, 1.0, common), side(weight * (1 - heavy), 1.0, worse)),
        "/heavy": (side((1 - weight) * 0.05, 4.0, common), side(weight * heavy, 4.0, worse)),
    }
    plan = plan_of(list(CRITERIA), minutes=6, per_s=per_s, weight=f"{100 * weight:g}%")
    world = str(rng.choice(["S0", "S1", "S2"]))
    return judge_stage(plan, evidence_of(plan, world, endpoints, (seed,)))


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
        for seed in range(part, STAGES, 5)
        for found in verdict(seed).findings
        if found.kind in (FindingKind.CRITERION, FindingKind.ENDPOINT)
        for why in (contradiction(found), *unspoken(found))
        if why
    ]
    assert wrong == []


def test_the_stages_differ_enough_to_show_a_contradiction():
    outcomes = {found.outcome for seed in range(4) for found in verdict(seed).findings if found.measure}
    assert outcomes >= {Outcome.PASS, Outcome.INCONCLUSIVE, Outcome.FAIL}
