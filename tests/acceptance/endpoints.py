"""Simulated stages of a service with several endpoints, each with its own traffic and speed."""

from collections.abc import Mapping
from dataclasses import replace

from harness.plan.model import Plan
from harness.record.evidence import Interval, StageEvidence
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.tag import LATENESS_HUB, LATENESS_SENT
from tests.acceptance.pods import ENDPOINT, Side, recorded, stage_evidence

Sides = tuple[Side, Side]
"""Baseline and canary at one endpoint."""


def evidence_of(
    plan: Plan, world: str, endpoints: Mapping[str, Sides], seed: tuple[int, ...]
) -> StageEvidence:
    """Simulate the only stage of a plan; each endpoint wanders by itself."""
    parts = [
        stage_evidence(plan, world, *sides, (*seed, number)).intervals
        for number, sides in enumerate(endpoints.values())
    ]
    joined = (_joined(tuple(endpoints), some) for some in zip(*parts, strict=True))
    return recorded(plan.stages[0], tuple(joined))


def _joined(names: tuple[str, ...], intervals: tuple[Interval, ...]) -> Interval:
    histograms = {
        tag._replace(endpoint=name): histogram
        for name, interval in zip(names, intervals, strict=True)
        for tag, histogram in interval.histograms.items()
        if tag.endpoint == ENDPOINT
    }
    sent = Histogram.merge(interval.histograms[LATENESS_SENT] for interval in intervals)
    of_generator = {LATENESS_HUB: intervals[0].histograms[LATENESS_HUB], LATENESS_SENT: sent}
    return replace(intervals[0], histograms={**histograms, **of_generator})


def twenty(per_s: float, canary_share: float, *, scale: float = 1.0, pods: int = 1) -> dict[str, Sides]:
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
