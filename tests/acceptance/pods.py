"""Simulated services with the bad habits of real ones: pods that wander, share bursts and collect garbage.

Latencies are log-normal (median 40 ms, sigma 0.6). Each pod's log level follows an AR(1) in 1 s steps,
all pods share another one, and each pod pauses now and then. Histograms are drawn directly: Poisson arrivals
make the count of every latency bin an independent Poisson number.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.signal import lfilter
from scipy.special import ndtr

from harness.plan.model import Plan
from harness.record.events.stage import StageFinished
from harness.record.evidence import Interval, StageEvidence
from harness.record.histograms.histogram import Histogram, index_of
from harness.record.histograms.tag import LATENESS_HUB, LATENESS_SENT, Kind, Tag
from harness.record.probes import GeneratorProbe

MEDIAN_S, SIGMA = 0.040, 0.6
EDGES_S = np.concatenate(
    [np.geomspace(0.002, 0.070, 72)[:-1], np.geomspace(0.070, 0.300, 292)[:-1], np.geomspace(0.300, 8.0, 69)]
)
BUCKETS = index_of(np.sqrt(EDGES_S[:-1] * EDGES_S[1:]) * 1e6)
SHIFTS = np.arange(-1.5, 3.5001, 0.01)
INTERVAL_S = 10
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
    "S2": World((0.25, 0.97), (0.20, 0.95), (30, 1, 3, 1.1)),
    "S3": World((0.0, 0.0), (0.15, 0.98), (60, 1, 2, 0.7)),
}


@dataclass(frozen=True)
class Episode:
    """A time of the stage in which a variant is slower, and fails more often."""

    from_s: float
    until_s: float
    scale: float = 1.0
    error_rate: float = 0.0


@dataclass(frozen=True)
class Side:
    """One variant: its pods, its requests per second, how much slower it is, and its errors."""

    pods: int
    per_s: float
    scale: float = 1.0
    error_rate: float = 0.0001
    slower_from_s: float = 0.0
    bursty: bool = False
    episodes: tuple[Episode, ...] = ()


def stage_evidence(
    plan: Plan, world: str, baseline: Side, canary: Side, seed: tuple[int, ...]
) -> StageEvidence:
    """Simulate the only stage of a plan."""
    stage, rng = plan.stages[0], np.random.default_rng(seed)
    seconds = int(stage.duration_s)
    shared = wander(rng, 1, seconds, *WORLDS[world].shared)
    sides = {"baseline": baseline, "canary": canary}
    latencies = {name: _counts(rng, WORLDS[world], seconds, side, shared) for name, side in sides.items()}
    failures = {name: _failures(rng, latencies[name].sum(axis=1), side) for name, side in sides.items()}
    intervals = tuple(_interval(number, latencies, failures) for number in range(seconds // INTERVAL_S))
    return StageEvidence(stage, 0, 0.0, _finished(stage.name, intervals), intervals, (), _probes(stage))


def wander(rng: np.random.Generator, rows: int, seconds: int, sd: float, phi: float) -> np.ndarray:
    """A stationary AR(1) of this standard deviation in each row."""
    if sd == 0:
        return np.zeros((rows, seconds))
    shocks = rng.standard_normal((rows, seconds)) * sd * math.sqrt(1 - phi**2)
    shocks[:, 0] = rng.standard_normal(rows) * sd
    return lfilter([1.0], [1.0, -phi], shocks, axis=1)


def _counts(rng, world: World, seconds: int, side: Side, shared: np.ndarray) -> np.ndarray:
    """Requests by interval and latency bin."""
    level = wander(rng, side.pods, seconds, *world.pod) + shared
    if world.pauses:
        gap_s, least_s, most_s, shift = world.pauses
        for pod in range(side.pods):
            for start in np.flatnonzero(rng.random(seconds) < 1 / gap_s):
                level[pod, start : start + rng.integers(least_s, most_s + 1)] += shift
    places = np.clip(np.rint((level - SHIFTS[0]) / 0.01).astype(int), 0, len(SHIFTS) - 1)
    second = np.arange(seconds)[None] * len(SHIFTS) + places
    weights = np.bincount(second.ravel(), minlength=seconds * len(SHIFTS)).reshape(seconds, len(SHIFTS))
    scales = _scales(side, seconds)
    mean = sum(
        _by_interval(weights * (scales == scale)[:, None]) @ _bins(float(scale))
        for scale in np.unique(scales)
    )
    return rng.poisson(mean * side.per_s / side.pods)


def _scales(side: Side, seconds: int) -> np.ndarray:
    """How much slower a variant is in each second."""
    second = np.arange(seconds)
    scales = np.where(second >= side.slower_from_s, side.scale, 1.0)
    for episode in side.episodes:
        scales = np.where((second >= episode.from_s) & (second < episode.until_s), episode.scale, scales)
    return scales


def _by_interval(rows: np.ndarray) -> np.ndarray:
    return rows.reshape(len(rows) // INTERVAL_S, INTERVAL_S, -1).sum(axis=1)


@lru_cache(maxsize=32)
def _bins(scale: float) -> np.ndarray:
    """The probability of each latency bin, by shift of the log level."""
    z = (np.log(EDGES_S)[None, :] - math.log(MEDIAN_S * scale) - SHIFTS[:, None]) / SIGMA
    below = ndtr(z)
    below[:, 0], below[:, -1] = 0.0, 1.0
    return np.diff(below, axis=1)


def _failures(rng: np.random.Generator, requests: np.ndarray, side: Side) -> np.ndarray:
    """Failures of each interval; bursty ones come half evenly, half in 5 s episodes, about one a minute."""
    rate = np.full(len(requests), side.error_rate)
    if side.bursty:
        starts = rng.random(len(requests) * INTERVAL_S) < 1 / 60
        episode = np.convolve(starts, np.ones(5))[: len(starts)] > 0
        usual_share = 1 - (1 - 1 / 60) ** 5
        rate = side.error_rate / 2 * (1 + _by_interval(episode[:, None])[:, 0] / INTERVAL_S / usual_share)
    begins_s = np.arange(len(requests)) * INTERVAL_S
    for episode in side.episodes:
        during = (begins_s >= episode.from_s) & (begins_s < episode.until_s)
        rate = np.where(during, np.maximum(rate, episode.error_rate), rate)
    return rng.binomial(requests, np.minimum(rate, 1.0))


def _interval(number: int, latencies: dict[str, np.ndarray], failures: dict[str, np.ndarray]) -> Interval:
    histograms: dict[Tag, Histogram] = {}
    sent = 0
    for name in latencies:
        counts, failed = latencies[name][number], int(failures[name][number])
        seen = np.flatnonzero(counts)
        response = Histogram(BUCKETS[seen], counts[seen])
        histograms[Tag(name, Kind.RESPONSE, ENDPOINT)] = response
        histograms[Tag(name, Kind.SERVICE, ENDPOINT)] = response
        histograms[Tag(name, Kind.FAILED, ENDPOINT)] = (
            Histogram([1000], [failed]) if failed else Histogram.empty()
        )
        sent += int(counts.sum()) + failed
    histograms[LATENESS_SENT] = Histogram([100], [sent])
    histograms[LATENESS_HUB] = Histogram([100], [100])
    return Interval(float(number * INTERVAL_S), float(INTERVAL_S), histograms)


def _finished(name: str, intervals: tuple[Interval, ...]) -> StageFinished:
    def total(kind: Kind) -> int:
        return sum(
            some.total for each in intervals for tag, some in each.histograms.items() if tag.kind == kind
        )

    completed, failed = total(Kind.RESPONSE), total(Kind.FAILED)
    return StageFinished(
        t_s=0.0,
        stage=name,
        duration_s=0.0,
        due=completed + failed,
        completed=completed,
        failed=failed,
        dropped=0,
        open=0,
        by_variant={},
    )


def _probes(stage) -> tuple[GeneratorProbe, ...]:
    ends_s = range(INTERVAL_S, int(stage.duration_s) + 1, INTERVAL_S)
    nothing = dict.fromkeys(("due", "sent", "dropped", "in_flight", "backlog"), 0)
    about = {"stage": stage.name, "interval_s": float(INTERVAL_S), **nothing}
    return tuple(GeneratorProbe(t_s=float(at_s), cpu=0.5, memory_bytes=None, **about) for at_s in ends_s)


def plan_of(
    criteria: list[str], minutes: int = 15, per_s: float = 6800, weight: str = "5%", tolerance: str = "10%"
) -> Plan:
    """A plan of one stage behind a router, without warm-up."""
    stage = {"name": "canary", "weight": weight, "duration": f"{minutes}m", "criteria": criteria}
    return Plan.model_validate(
        {
            "service": "simulated",
            "targets": {"ingress": "http://127.0.0.1:10000", "variant_header": "x-variant"},
            "load": {"arrival_rate": f"{per_s:g}/s", "arrivals": "poisson"},
            "judge": {"warmup": "0s", "tolerance": tolerance},
            "stages": [stage],
        }
    )
