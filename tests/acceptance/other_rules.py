"""How other tools decide, as small pure functions on the same evidence.

Each looks at windows of a minute. True means that the release is rolled back.
"""

from collections.abc import Callable, Iterator

from scipy.stats import mannwhitneyu

from harness.record.evidence import StageEvidence
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.tag import Kind
from tests.acceptance.pods import INTERVAL_S

CONFIDENCE = 0.98
SLOWEST_S, MOST_ERRORS, LARGEST_CHANGE = 0.150, 0.001, 1.10
FAILED_CHECKS = 5
FAILURE_LIMIT = 3

Minute = dict[str, tuple[float, float]]
"""By variant the p95 in seconds and the error rate."""


def kayenta_like(evidence: StageEvidence) -> bool:
    """Mann–Whitney over the minutes' p95: the canary's are higher at 98 %."""
    seen = list(minutes(evidence))
    both = [[minute[variant][0] for minute in seen] for variant in ("canary", "baseline")]
    return bool(mannwhitneyu(*both, alternative="two-sided").pvalue < 1 - CONFIDENCE) and _mean(
        both[0]
    ) > _mean(both[1])


def flagger_like(evidence: StageEvidence) -> bool:
    """Five minutes in which the canary's p95 or error rate is beyond its fixed limit."""
    bad = sum(
        p95_s > SLOWEST_S or errors > MOST_ERRORS
        for p95_s, errors in (minute["canary"] for minute in minutes(evidence))
    )
    return bad >= FAILED_CHECKS


def argo_like(evidence: StageEvidence) -> bool:
    """More than three minutes in which the canary's p95 is 10 % above the baseline's, or too many fail."""
    bad = sum(
        minute["canary"][0] > LARGEST_CHANGE * minute["baseline"][0] or minute["canary"][1] > MOST_ERRORS
        for minute in minutes(evidence)
    )
    return bad > FAILURE_LIMIT


RULES: dict[str, Callable[[StageEvidence], bool]] = {
    "Kayenta-like": kayenta_like,
    "Flagger-like": flagger_like,
    "Argo-like": argo_like,
}


def minutes(evidence: StageEvidence) -> Iterator[Minute]:
    """Yield what such a tool would read from its metrics store."""
    each = 60 // INTERVAL_S
    intervals = list(evidence.intervals)
    for first in range(0, len(intervals) - each + 1, each):
        yield {
            variant: _figures(intervals[first : first + each], variant) for variant in ("baseline", "canary")
        }


def _figures(intervals, variant: str) -> tuple[float, float]:
    def merged(kind: Kind) -> Histogram:
        held = (interval.histograms for interval in intervals)
        return Histogram.merge(
            some for each in held for tag, some in each.items() if tag.variant == variant and tag.kind == kind
        )

    times, failed = merged(Kind.RESPONSE), merged(Kind.FAILED).total
    return times.quantile_us(0.95) / 1e6, failed / max(times.total + failed, 1)


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
