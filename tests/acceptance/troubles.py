"""Sixteen kinds of trouble of a good canary that the judge was not tuned on, drawn request by request.

They change what a shift of all latencies cannot: the shape of latencies, who sends how much, one instance.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from harness.judge.stage import judge_stage
from harness.plan.model import Plan
from harness.record.evidence import Interval
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.tag import LATENESS_HUB, LATENESS_SENT, Kind, Tag
from tests.acceptance.courses import phases, wandering
from tests.acceptance.pods import ENDPOINT, plan_of, recorded
from tests.acceptance.trial import Result

LASTS_S, INTERVAL_S = 900, 10
MEDIAN_S, SIGMA = 0.040, 0.6
INSTANCES = 4
PROMISES = (
    *("p95 < 400ms", "p95 <= baseline + 10%", "mean <= baseline + 10%"),
    *("error rate < 1%", "no performance degradation"),
)
Rng = np.random.Generator
Floats = np.ndarray
SECOND = np.arange(LASTS_S)


@dataclass(frozen=True)
class Service:
    """One variant, second by second, (S,): its requests, and how they fare; `shift` is (I, S) or (S,)."""

    per_s: Floats
    shift: Floats
    """ln of how slow each instance is."""
    error_rate: Floats
    missed: Floats
    """The share of requests that miss a cache and take eight times as long."""
    tail: float | None = None
    """The index of a Pareto distribution; None for log-normal times."""

    def slower(self, shift: Floats) -> "Service":
        return replace(self, shift=self.shift + shift)


Two = tuple[Service, Service]
"""The baseline and the canary."""


def usual(rng: Rng, per_s: float = 200.0, weight: float = 0.5) -> Two:
    """Two variants that wander a little, together and by themselves."""
    shared, nothing = wandering(rng, LASTS_S, 0.08, 30), np.zeros(LASTS_S)
    return tuple(
        Service(
            np.full(LASTS_S, per_s * share),
            shared + np.array([wandering(rng, LASTS_S, 0.04, 20) for _ in range(INSTANCES)]),
            nothing + 0.0001,
            nothing,
        )
        for share in (1 - weight, weight)
    )


def slower(two: Two, shift: Floats) -> Two:
    return tuple(each.slower(shift) for each in two)


def during(from_s: float, until_s: float) -> Floats:
    return ((from_s <= SECOND) & (until_s > SECOND)).astype(float)


def pauses_that_follow(rng: Rng) -> Two:
    starts = np.cumsum(rng.exponential(60, 40)).astype(int)
    pauses = sum(during(at_s, at_s + 4) for at_s in starts[starts < LASTS_S - 30]) * math.log(4)
    baseline, canary = usual(rng)
    return baseline.slower(pauses), canary.slower(np.roll(pauses, 20))


def heaps_of_each_instance(rng: Rng) -> Two:
    def heaps() -> Floats:
        filled = (SECOND + rng.uniform(0, 75, (INSTANCES, 1))) % 75 / 75
        return 0.3 * filled + math.log(6) * (filled > 72 / 75)

    return tuple(each.slower(heaps()) for each in usual(rng))


def one_slow_instance_each(rng: Rng) -> Two:
    return slower(usual(rng), math.log(1.7) * (np.arange(INSTANCES) == 0)[:, None])


def steps_of_the_hour(rng: Rng) -> Two:
    levels = rng.permutation([0.0, math.log(1.5), math.log(2.2), math.log(1.2), math.log(0.8)])
    return slower(usual(rng), np.repeat(levels, LASTS_S // 5))


def heavy_tails(rng: Rng) -> Two:
    return tuple(replace(each, tail=1.3) for each in usual(rng))


def a_cache_that_cools(rng: Rng) -> Two:
    missed = np.linspace(*rng.permutation([0.02, 0.15]), LASTS_S)
    return tuple(replace(each, missed=missed) for each in usual(rng))


def other_clients_from_mid_stage(rng: Rng) -> Two:
    later = rng.integers(300, 600) <= SECOND
    return tuple(
        replace(each.slower(math.log(1.4) * later), per_s=each.per_s * np.where(later, 0.5, 1.0))
        for each in usual(rng)
    )


def less_throughput(rng: Rng) -> Two:
    low = during(at_s := rng.integers(0, LASTS_S - 120), at_s + 120)
    two = slower(usual(rng), math.log(1.3) * low)
    return tuple(replace(each, per_s=each.per_s * (1 - 0.7 * low)) for each in two)


def storms_of_retries(rng: Rng) -> Two:
    storm = sum(during(at_s, at_s + 60) for at_s in rng.integers(0, LASTS_S - 60, 2))
    storm = np.minimum(storm, 1.0)
    return tuple(
        replace(each, per_s=each.per_s * (1 + 2 * storm), error_rate=each.error_rate + 0.04 * storm)
        for each in slower(usual(rng), math.log(2.5) * storm)
    )


def a_job_in_one_block_of_five(rng: Rng) -> Two:
    return slower(usual(rng), math.log(3) * ((SECOND + 30 * rng.integers(5)) % 150 < 30))


def arrivals_in_bursts(rng: Rng) -> Two:
    bursts = phases(rng, LASTS_S, math.e, 10, 0.2)
    return tuple(
        replace(each, per_s=each.per_s * (0.5 + 2.5 * bursts))
        for each in slower(usual(rng), math.log(1.5) * bursts)
    )


def clients_that_move_to_the_canary(rng: Rng) -> Two:
    baseline, canary = slower(usual(rng), np.linspace(0.0, math.log(1.2), LASTS_S))
    share = np.linspace(0.3, 0.7, LASTS_S)
    return replace(baseline, per_s=200 * (1 - share)), replace(canary, per_s=200 * share)


def failures_in_episodes_of_each(rng: Rng) -> Two:
    return tuple(
        replace(each, error_rate=each.error_rate + 0.04 * phases(rng, LASTS_S, math.e, 30, 0.08))
        for each in usual(rng)
    )


KINDS: dict[str, Callable[[Rng], Two]] = {
    "pauses × 4 of 4 s that reach the canary 20 s later": pauses_that_follow,
    "heaps of four instances each, at phases of their own": heaps_of_each_instance,
    "one instance of four × 1.7 on either side": one_slow_instance_each,
    "five common levels of 3 min, × 0.8 to × 2.2": steps_of_the_hour,
    "Pareto times of index 1.3": heavy_tails,
    "common cache misses from 2 to 15 % or back": a_cache_that_cools,
    "half as many, slower clients from mid-stage on": other_clients_from_mid_stage,
    "70 % less throughput for 2 min": less_throughput,
    "two common storms of retries, 4 % of errors": storms_of_retries,
    "a common job × 3 in one block of five": a_job_in_one_block_of_five,
    "arrivals in bursts": arrivals_in_bursts,
    "clients that move to the canary, 30 to 70 %": clients_that_move_to_the_canary,
    "errors of 4 % in episodes of 30 s, each its own": failures_in_episodes_of_each,
    "5 requests a second": lambda rng: usual(rng, 5.0),
    "30 requests a second, 10 %": lambda rng: usual(rng, 30.0, 0.1),
    "2,000 requests a second, 5 %": lambda rng: usual(rng, 2000.0, 0.05),
}


@dataclass(frozen=True)
class Troubled:
    """A good canary in one kind of trouble, or one that is slower by a factor all along."""

    kind: str
    scale: float = 1.0
    seed: int = 0


def run_troubled(trial: Troubled) -> Result:
    """Simulate and judge at the end."""
    rng = np.random.default_rng((20261129, list(KINDS).index(trial.kind), trial.seed))
    baseline, canary = KINDS[trial.kind](rng)
    sides = {"baseline": baseline, "canary": canary.slower(np.array(math.log(trial.scale)))}
    plan = plan_for(*sides.values())
    intervals = tuple(_interval(rng, number, sides) for number in range(LASTS_S // INTERVAL_S))
    verdict = judge_stage(plan, recorded(plan.stages[0], intervals))
    return Result(str(verdict.outcome), str(verdict.findings[1].outcome))


def plan_for(baseline: Service, canary: Service) -> Plan:
    """A plan of the rate and the weight that there was, on average."""
    each = [float(side.per_s.mean()) for side in (baseline, canary)]
    weight = f"{100 * each[1] / sum(each):.0f}%"
    return plan_of(list(PROMISES), minutes=LASTS_S / 60, per_s=sum(each), weight=weight)


def _interval(rng: Rng, number: int, sides: dict[str, Service]) -> Interval:
    histograms, sent = {}, 0
    for name, side in sides.items():
        within = slice(number * INTERVAL_S, (number + 1) * INTERVAL_S)
        second = np.repeat(SECOND[within], rng.poisson(side.per_s[within]))
        answered = rng.random(len(second)) >= side.error_rate[second]
        failed, times_s = int((~answered).sum()), _times_s(rng, side, second[answered])
        response, _ = Histogram.of_values(np.clip(np.rint(times_s * 1e6), 1, 3.6e9))
        failures = Histogram([1000], [failed]) if failed else Histogram.empty()
        for kind, held in ((Kind.RESPONSE, response), (Kind.SERVICE, response), (Kind.FAILED, failures)):
            histograms[Tag(name, kind, ENDPOINT)] = held
        sent += len(second)
    of_generator = {LATENESS_SENT: Histogram([100], [max(sent, 1)]), LATENESS_HUB: Histogram([100], [100])}
    return Interval(float(number * INTERVAL_S), float(INTERVAL_S), histograms | of_generator)


def _times_s(rng: Rng, side: Service, second: Floats) -> Floats:
    """One for each request, of an instance at random."""
    shape = (INSTANCES, LASTS_S)
    shift = np.broadcast_to(side.shift, shape)[rng.integers(INSTANCES, size=len(second)), second]
    if side.tail is None:
        ln_s = SIGMA * rng.standard_normal(len(second))
    else:
        ln_s = np.log1p(rng.pareto(side.tail, len(second))) - math.log(2) / side.tail
    missed = rng.random(len(second)) < side.missed[second]
    return MEDIAN_S * np.exp(shift + ln_s + math.log(8) * missed)
