"""Simulated services with the bad habits of real ones: pods that wander, share bursts and collect garbage.

Latencies are log-normal (median 40 ms, sigma 0.6). Each pod's log level follows an AR(1) in 1 s steps,
all pods share another one, and each pod pauses now and then. Histograms are drawn directly: Poisson arrivals
make the count of every latency bin an independent Poisson number.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import ndtr

from harness.plan.model import Plan, Stage
from harness.record.events.stage import ArrivalCounts, StageFinished
from harness.record.evidence import Interval, StageEvidence
from harness.record.histograms.histogram import Histogram, index_of
from harness.record.histograms.tag import LATENESS_HUB, LATENESS_SENT, Kind, Tag
from harness.record.probes import GeneratorProbe
from tests.acceptance.courses import Course, courses
from tests.judge.simulator import request_errors

MEDIAN_S, SIGMA = 0.040, 0.6
EDGES_S = np.concatenate(
    [np.geomspace(0.002, 0.070, 72)[:-1], np.geomspace(0.070, 0.300, 292)[:-1], np.geomspace(0.300, 8.0, 69)]
)
BUCKETS = index_of(np.sqrt(EDGES_S[:-1] * EDGES_S[1:]) * 1e6)
SHIFTS = np.arange(-1.5, 3.5001, 0.01)
INTERVAL_S = 10
LONG_S = 2 * 3600
HARDLY_EVER = 0.0001
ENDPOINT = "GET /tasks"


@dataclass(frozen=True)
class World:
    """How latencies wander: (sd, phi) shared and per pod; pauses (mean gap s, least s, most s, log shift)."""

    shared: tuple[float, float]
    pod: tuple[float, float]
    pauses: tuple[float, int, int, float] | None


WORLDS = {
    "S0": World((0.0, 0.0), (0.0, 0.0), None),
    "S1": World((0.10, 0.90), (0.10, 0.90), (60, 1, 2, 0.7)),
    "S1.3": World((0.10, 0.90), (0.09, 0.90), None),
    "S2": World((0.25, 0.97), (0.20, 0.95), (30, 1, 3, 1.1)),
    "S3": World((0.0, 0.0), (0.15, 0.98), (60, 1, 2, 0.7)),
    # In steps of a minute, of which each is the mean of many seconds.
    "day": World((0.03, 0.5), (0.03, 0.5), None),
}


@dataclass(frozen=True)
class Episode:
    """A time of the stage in which a variant is slower, and fails more often."""

    from_s: float
    until_s: float
    scale: float = 1.0
    error_rate: float = 0.0


@dataclass(frozen=True)
class Endpoint:
    """A share of a variant's requests, and how much slower they are than others."""

    name: str
    share: float
    scale: float = 1.0


ONE_ENDPOINT = (Endpoint(ENDPOINT, 1.0),)


@dataclass(frozen=True)
class Side:
    """One variant: its pods, its requests per second, how much slower it is, and its errors."""

    pods: int
    per_s: float
    scale: float = 1.0
    error_rate: float = 0.0001
    slower_from_s: float = 0.0
    failing_from_s: float = 0.0
    bursty: bool = False
    episodes: tuple[Episode, ...] = ()
    endpoints: tuple[Endpoint, ...] = ONE_ENDPOINT


def stage_evidence(
    plan: Plan,
    world: str,
    baseline: Side,
    canary: Side,
    seed: tuple[int, ...],
    disturbance: str | None = None,
) -> StageEvidence:
    """Simulate the only stage of a plan, in steps of a second, in a day of an interval."""
    stage, rng = plan.stages[0], np.random.default_rng(seed)
    step_s = 1 if stage.duration_s <= LONG_S else int(stage.interval_s)
    steps = int(stage.duration_s) // step_s
    each = int(stage.interval_s) // step_s
    shared = wander(rng, 1, steps, *WORLDS[world].shared)
    sides = {"baseline": baseline, "canary": canary} if stage.weight < 1 else {"canary": canary}
    drawn = disturbed(disturbance, rng, steps)
    requests, failures = {}, {}
    for name, side in sides.items():
        course = drawn[name]
        level = _levels(rng, WORLDS[world], steps, side) + shared + course.shift
        requests[name] = {
            endpoint.name: rng.poisson(_means(level, side, endpoint, step_s, each))
            for endpoint in side.endpoints
        }
        rate = course.error_rate.reshape(-1, each).mean(axis=1)
        failures[name] = {
            endpoint: _failures(rng, counts.sum(axis=1), side, rate, stage.interval_s)
            for endpoint, counts in requests[name].items()
        }
    intervals = tuple(
        _interval(number, stage.interval_s, requests, failures) for number in range(steps // each)
    )
    return recorded(stage, intervals)


def recorded(stage: Stage, intervals: tuple[Interval, ...]) -> StageEvidence:
    """Record around the windows of a stage what a run writes beside them."""
    errors = tuple(request_errors(stage.name, intervals))
    finished, probes = _finished(stage, intervals), _probes(stage, intervals)
    return StageEvidence(stage, 0, 0.0, finished, intervals, errors, probes)


def disturbed(name: str | None, rng: np.random.Generator, steps: int) -> dict[str, Course]:
    """Draw what disturbs each variant, or nothing."""
    if name is None:
        return dict.fromkeys(("baseline", "canary"), Course(np.zeros(steps), np.zeros(steps)))
    return dict(zip(("baseline", "canary"), courses(name, rng, steps), strict=True))


def wander(rng: np.random.Generator, rows: int, seconds: int, sd: float, phi: float) -> np.ndarray:
    """A stationary AR(1) of this standard deviation in each row."""
    from scipy.signal import lfilter  # it takes a second to load, of every worker's collection

    if sd == 0:
        return np.zeros((rows, seconds))
    shocks = rng.standard_normal((rows, seconds)) * sd * math.sqrt(1 - phi**2)
    shocks[:, 0] = rng.standard_normal(rows) * sd
    return lfilter([1.0], [1.0, -phi], shocks, axis=1)


def _levels(rng: np.random.Generator, world: World, steps: int, side: Side) -> np.ndarray:
    """How far ln latency of each pod is above its usual level, pauses included."""
    level = wander(rng, side.pods, steps, *world.pod)
    if world.pauses:
        gap_s, least_s, most_s, shift = world.pauses
        for pod in range(side.pods):
            for start in np.flatnonzero(rng.random(steps) < 1 / gap_s):
                level[pod, start : start + rng.integers(least_s, most_s + 1)] += shift
    return level


def _means(level: np.ndarray, side: Side, endpoint: Endpoint, step_s: int, each: int) -> np.ndarray:
    """Return the expected requests by interval and latency bin."""
    steps = level.shape[1]
    places = np.clip(np.rint((level - SHIFTS[0]) / 0.01).astype(int), 0, len(SHIFTS) - 1)
    at = np.arange(steps)[None] * len(SHIFTS) + places
    weights = np.bincount(at.ravel(), minlength=steps * len(SHIFTS)).reshape(steps, len(SHIFTS))
    scales = _scales(side, steps, step_s) * endpoint.scale
    mean = sum(
        _in_groups(weights * (scales == scale)[:, None], each) @ _bins(float(scale))
        for scale in np.unique(scales)
    )
    return mean * side.per_s * endpoint.share * step_s / side.pods


def _scales(side: Side, steps: int, step_s: int) -> np.ndarray:
    """How much slower a variant is in each step."""
    second = np.arange(steps) * step_s
    scales = np.where(second >= side.slower_from_s, side.scale, 1.0)
    for episode in side.episodes:
        scales = np.where((second >= episode.from_s) & (second < episode.until_s), episode.scale, scales)
    return scales


def _in_groups(rows: np.ndarray, each: int) -> np.ndarray:
    return rows.reshape(len(rows) // each, each, -1).sum(axis=1)


@lru_cache(maxsize=32)
def _bins(scale: float) -> np.ndarray:
    """The probability of each latency bin, by shift of the log level."""
    z = (np.log(EDGES_S)[None, :] - math.log(MEDIAN_S * scale) - SHIFTS[:, None]) / SIGMA
    below = ndtr(z)
    below[:, 0], below[:, -1] = 0.0, 1.0
    return np.diff(below, axis=1)


def _failures(
    rng: np.random.Generator, requests: np.ndarray, side: Side, added: np.ndarray, interval_s: float
) -> np.ndarray:
    """Failures of each interval; bursty ones come half evenly, half in 5 s episodes, about one a minute."""
    rate, seconds = np.full(len(requests), side.error_rate) + added, int(interval_s)
    if side.bursty:
        starts = rng.random(len(requests) * seconds) < 1 / 60
        episode = np.convolve(starts, np.ones(5))[: len(starts)] > 0
        usual_share = 1 - (1 - 1 / 60) ** 5
        rate = side.error_rate / 2 * (1 + _in_groups(episode[:, None], seconds)[:, 0] / seconds / usual_share)
    begins_s = np.arange(len(requests)) * interval_s
    rate = np.where(begins_s >= side.failing_from_s, rate, HARDLY_EVER)
    for episode in side.episodes:
        during = (begins_s >= episode.from_s) & (begins_s < episode.until_s)
        rate = np.where(during, np.maximum(rate, episode.error_rate), rate)
    return rng.binomial(requests, np.minimum(rate, 1.0))


Counts = dict[str, dict[str, np.ndarray]]
"""By variant and endpoint."""


def _interval(number: int, interval_s: float, requests: Counts, failures: Counts) -> Interval:
    histograms: dict[Tag, Histogram] = {}
    sent = 0
    for name, by_endpoint in requests.items():
        for endpoint, rows in by_endpoint.items():
            counts, failed = rows[number], int(failures[name][endpoint][number])
            seen = np.flatnonzero(counts)
            response = Histogram(BUCKETS[seen], counts[seen]) if len(seen) else Histogram.empty()
            histograms[Tag(name, Kind.RESPONSE, endpoint)] = response
            histograms[Tag(name, Kind.SERVICE, endpoint)] = response
            histograms[Tag(name, Kind.FAILED, endpoint)] = (
                Histogram([1000], [failed]) if failed else Histogram.empty()
            )
            sent += int(counts.sum()) + failed
    histograms[LATENESS_SENT] = Histogram([100], [sent])
    histograms[LATENESS_HUB] = Histogram([100], [100])
    return Interval(float(number * interval_s), float(interval_s), histograms)


def _finished(stage: Stage, intervals: tuple[Interval, ...]) -> StageFinished:
    def totals(variant: str) -> ArrivalCounts:
        counts = {
            kind: sum(
                some.total
                for each in intervals
                for tag, some in each.histograms.items()
                if tag.kind == kind and tag.variant == variant
            )
            for kind in (Kind.RESPONSE, Kind.FAILED)
        }
        completed, failed = counts.values()
        return ArrivalCounts(due=completed + failed, completed=completed, failed=failed, dropped=0, open=0)

    by_variant = {variant: totals(variant) for variant in ("baseline", "canary")}
    return StageFinished(
        t_s=stage.duration_s,
        stage=stage.name,
        duration_s=stage.duration_s,
        due=sum(each.due for each in by_variant.values()),
        completed=sum(each.completed for each in by_variant.values()),
        failed=sum(each.failed for each in by_variant.values()),
        dropped=0,
        open=0,
        by_variant=by_variant,
    )


def _probes(stage: Stage, intervals: tuple[Interval, ...]) -> tuple[GeneratorProbe, ...]:
    nothing = dict.fromkeys(("dropped", "in_flight", "backlog"), 0)
    about = {"stage": stage.name, "interval_s": stage.interval_s, "memory_bytes": None, "cpu": 0.5, **nothing}
    sent = [each.histograms[LATENESS_SENT].total for each in intervals]
    return tuple(
        GeneratorProbe(t_s=each.start_s + each.length_s, due=count, sent=count, **about)
        for each, count in zip(intervals, sent, strict=True)
    )


def plan_of(
    criteria: list[str],
    minutes: float = 15,
    per_s: float = 6800,
    weight: str = "5%",
    tolerance: str = "10%",
    block: str = "30s",
    interval: str = "10s",
) -> Plan:
    """A plan of one stage behind a router, without warm-up."""
    duration = f"{60 * minutes:g}s"
    stage = {
        "name": "canary",
        "weight": weight,
        "duration": duration,
        "criteria": criteria,
        "interval": interval,
    }
    return Plan.model_validate(
        {
            "service": "simulated",
            "targets": {"ingress": "http://127.0.0.1:10000", "variant_header": "x-variant"},
            "load": {"arrival_rate": f"{per_s:g}/s", "arrivals": "poisson"},
            "judge": {"warmup": "0s", "tolerance": tolerance, "block": block},
            "stages": [stage],
        }
    )
