"""Whether one variant's responses are far smaller than the other's.

A port that answers everything with an empty 200, or a short page in the place of the service, is fast and
fails nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise, zip_longest

from harness.judge.finding import Finding, Subject
from harness.judge.validity.responses.unlike import Unlike, unlike
from harness.judge.view import StageView
from harness.judge.words import counted
from harness.plan.variant import Variant
from harness.record.events.stage import ResponseSizes
from harness.record.histograms.tallies import MAX_SIZE_BITS

SIZES = Subject.of_check("response-sizes", "responses of like size")
SIZES_NOTED = Subject.of_note("response-sizes", "responses of unlike size")
# Endpoints respond with more or less at times: only a size that the other variant hardly ever has counts.
_SELDOM = 0.01
_BITS_APART = 3
# What a service has stored differs between variants: lists grow with the load, twenty times as fast on the
# baseline of a first stage. A page in the place of another has one size, and so has the other.
_STEADY = 0.95


def like_sizes(view: StageView) -> Iterator[Finding]:
    """Report responses of one variant that are far smaller than the other's; yields nothing without."""
    yield from unlike(view, SIZES, SIZES_NOTED, _smaller)


def _smaller(view: StageView, variant: Variant, other: Variant) -> Iterator[Unlike]:
    sizes = _sizes(view)
    for endpoint in sorted({endpoint for owner, endpoint in sizes if owner == variant}):
        here, there = (sizes.get((owner, endpoint), []) for owner in (variant, other))
        usual = _least_usual(there)
        if not usual:
            continue  # no response at all, or empty ones are usual
        bits = max(usual - _BITS_APART, 0)
        few, fewer = sum(here[: bits + 1]), sum(there[: bits + 1])
        how = "were empty" if few == sum(here[:1]) else f"had less than {counted(1 << bits, 'byte')}"
        what = f"responses to {endpoint} {how}"
        usually = f", which usually have at least {counted(1 << (usual - 1), 'byte')}"
        is_doubt = few == sum(here[:1]) or (_is_steady(here[: bits + 1]) and _is_steady(there))
        yield Unlike(endpoint, (few, sum(here)), (fewer, sum(there)), what, usually, is_doubt)


def _sizes(view: StageView) -> dict[tuple[str, str], list[int]]:
    """Add up the counts of the whole stage, by variant and endpoint."""
    sizes: dict[tuple[str, str], list[int]] = {}
    for event in view.events(ResponseSizes):
        key = event.variant, event.endpoint
        known = sizes.get(key, [])
        counts = event.counts[: MAX_SIZE_BITS + 1]
        sizes[key] = [one + more for one, more in zip_longest(known, counts, fillvalue=0)]
    return sizes


def _is_steady(counts: list[int]) -> bool:
    """Whether nearly all responses are of one size, to a factor of four."""
    return max(map(sum, pairwise([0, *counts])), default=0) >= _STEADY * sum(counts)


def _least_usual(counts: list[int]) -> int:
    """Return the smallest size, in bits, but for those of the smallest hundredth; 0 without responses."""
    below, total = 0, sum(counts)
    for bits, count in enumerate(counts):
        below += count
        if below > _SELDOM * total:
            return bits
    return 0
