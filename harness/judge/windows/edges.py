"""Times that are known to a bucket, taken for or against the canary.

A service's own histograms tell of each request between which edges its time lies. An interval has it at the
upper edge under the variant's name, and at the lower one under that of `FLOOR_OF`. What fails with the canary
at the lower and the baseline at the upper edges fails wherever in their buckets the times are; what passes
the other way round passes wherever they are.
"""

from __future__ import annotations

from dataclasses import replace

from harness.plan.variant import Variant
from harness.record.evidence import Interval
from harness.record.histograms.tag import FLOOR_OF

_FLOORS = frozenset(FLOOR_OF.values())


def in_favour_of_the_canary(interval: Interval) -> Interval:
    """Return an interval with the canary as fast and the baseline as slow as they may have been."""
    return _with_floor(interval, Variant.CANARY)


def against_the_canary(interval: Interval) -> Interval:
    """Return an interval with the canary as slow and the baseline as fast as they may have been."""
    return _with_floor(interval, Variant.BASELINE)


def _with_floor(interval: Interval, floored: Variant) -> Interval:
    held = interval.histograms
    if not any(tag.variant in _FLOORS for tag in held):
        return interval
    kept = {tag: histogram for tag, histogram in held.items() if tag.variant not in {floored, *_FLOORS}}
    lowered = {
        tag._replace(variant=str(floored)): histogram
        for tag, histogram in held.items()
        if tag.variant == FLOOR_OF[floored]
    }
    return replace(interval, histograms=kept | lowered)
