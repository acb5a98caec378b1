"""Times that are known to a bucket, taken for or against the canary.

A service's own histograms tell of each request between which edges its time lies. An interval has it at the
upper edge under the variant's name, and at the lower one under that of `FLOOR_OF`. What fails with the canary
at the lower and the others at the upper edges fails wherever in their buckets the times are; what passes
the other way round passes wherever they are.
"""

from __future__ import annotations

from dataclasses import replace

from harness.plan.variant import Variant
from harness.record.evidence import Interval
from harness.record.histograms.tag import FLOOR_OF

_VARIANT_OF = {floor: variant for variant, floor in FLOOR_OF.items()}
_CANARY = frozenset({str(Variant.CANARY)})
_OTHERS = frozenset(FLOOR_OF) - _CANARY


def in_favour_of_the_canary(interval: Interval) -> Interval:
    """Return an interval with the canary as fast and the others as slow as they may have been."""
    return _with_floors(interval, _CANARY)


def against_the_canary(interval: Interval) -> Interval:
    """Return an interval with the canary as slow and the others as fast as they may have been."""
    return _with_floors(interval, _OTHERS)


def _with_floors(interval: Interval, floored: frozenset[str]) -> Interval:
    held = interval.histograms
    if not any(tag.variant in _VARIANT_OF for tag in held):
        return interval
    kept = {
        tag: histogram
        for tag, histogram in held.items()
        if tag.variant not in floored and tag.variant not in _VARIANT_OF
    }
    lowered = {
        tag._replace(variant=_VARIANT_OF[tag.variant]): histogram
        for tag, histogram in held.items()
        if _VARIANT_OF.get(tag.variant) in floored
    }
    return replace(interval, histograms=kept | lowered)
