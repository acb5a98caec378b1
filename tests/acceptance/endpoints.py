"""Simulated stages of a service with several endpoints, each with its own traffic and speed."""

from collections.abc import Mapping
from dataclasses import replace

from harness.plan.model import Plan
from harness.record.events.stage import StageFinished
from harness.record.evidence import Interval, StageEvidence
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.tag import LATENESS_SENT, Tag
from tests.acceptance.pods import ENDPOINT, Side, stage_evidence

Sides = tuple[Side, Side]
"""Baseline and canary at one endpoint."""


def evidence_of(
    plan: Plan, world: str, endpoints: Mapping[str, Sides], seed: tuple[int, ...]
) -> StageEvidence:
    """Simulate the only stage of a plan; each endpoint wanders by itself."""
    parts = {
        name: stage_evidence(plan, world, *sides, (*seed, number))
        for number, (name, sides) in enumerate(endpoints.items())
    }
    first = next(iter(parts.values()))
    each_interval = zip(*(part.intervals for part in parts.values()), strict=True)
    intervals = tuple(_joined(tuple(parts), some) for some in each_interval)
    finished = _added([part.finished for part in parts.values() if part.finished])
    return replace(first, intervals=intervals, finished=finished)


def _joined(names: tuple[str, ...], intervals: tuple[Interval, ...]) -> Interval:
    histograms: dict[Tag, Histogram] = dict(intervals[0].histograms)
    for name, interval in zip(names, intervals, strict=True):
        for tag, histogram in interval.histograms.items():
            if tag.endpoint == ENDPOINT:
                histograms[tag._replace(endpoint=name)] = histogram
    if ENDPOINT not in names:
        histograms = {tag: some for tag, some in histograms.items() if tag.endpoint != ENDPOINT}
    sent = Histogram.merge(interval.histograms[LATENESS_SENT] for interval in intervals)
    return replace(intervals[0], histograms={**histograms, LATENESS_SENT: sent})


def _added(ends: list[StageFinished]) -> StageFinished:
    counts = {name: sum(getattr(end, name) for end in ends) for name in ("due", "completed", "failed")}
    return replace(ends[0], **counts)


def twenty(per_s: float, canary_share: float, *, scale: float = 1.0, pods: int = 10) -> dict[str, Sides]:
    """Twenty endpoints, of which the canary is slower at one with 2 % of the traffic."""
    others = 0.98 / 19
    shares = {"/slow": 0.02} | {f"/{number:02}": others for number in range(19)}
    return {
        name: (
            Side(pods, per_s * (1 - canary_share) * share),
            Side(pods, per_s * canary_share * share, scale=scale if name == "/slow" else 1.0),
        )
        for name, share in shares.items()
    }
