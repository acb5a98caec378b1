"""Whether one variant's responses are far smaller than the other's: it may not do the same work.

A port that answers everything with an empty 200, or a login or maintenance page in the place of the
service, is fast and fails nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import NamedTuple

from harness.judge.finding import Finding, Result, Subject
from harness.judge.outcome import Outcome
from harness.judge.validity.apart import are_apart
from harness.judge.view import StageView
from harness.judge.words import PERCENT, counted
from harness.plan.variant import Variant
from harness.record.events.stage import ResponseSizes

SIZES = Subject.of_check("response-sizes", "responses of like size")
SIZES_NOTED = Subject.of_note("response-sizes", "responses of unlike size")
# Endpoints respond with more or less at times: only a size that the other variant hardly ever has counts.
_SELDOM = 0.01
_BITS_APART = 3
_APART = 0.05


class Smaller(NamedTuple):
    """An endpoint at which `share` of one variant's responses have less than `below_bytes`: none at 1.

    Of the other's responses `other_share` do; all but the smallest hundredth have at least `usual_bytes`.
    """

    endpoint: str
    below_bytes: int
    share: float
    other_share: float
    usual_bytes: int
    responses: int


def like_sizes(view: StageView) -> Iterator[Finding]:
    """Report responses of one variant that are far smaller than the other's; yields nothing without.

    If they are the canary's, it is not known whether it does its work: there is no evidence of a pass.
    """
    mode, reference = view.plan.judge.response_sizes, view.design.reference
    if mode == "off":
        return
    for variant, other in ((Variant.CANARY, reference), (reference, Variant.CANARY)):
        found = sorted(_smaller(view, variant, other), key=lambda one: (-one.share, one.endpoint))
        if not found:
            continue
        doubts = variant is Variant.CANARY and mode == "inconclusive"
        outcome, subject = (Outcome.INCONCLUSIVE, SIZES) if doubts else (Outcome.PASS, SIZES_NOTED)
        worst, reason = found[0], _reason(found, variant, other)
        share, limit = 100 * worst.share, 100 * worst.other_share
        yield Result.fact(outcome, reason, share, limit, "%", worst.responses, "lower").of(subject)


def _smaller(view: StageView, variant: Variant, other: Variant) -> Iterator[Smaller]:
    sizes = _sizes(view)
    endpoints = sorted({endpoint for owner, endpoint in sizes if owner == variant})
    for endpoint in endpoints:
        here, there = (sizes.get((owner, endpoint), []) for owner in (variant, other))
        usual = _least_usual(there)
        if not usual:
            continue  # no response at all, or empty ones are usual
        bits = max(usual - _BITS_APART, 0)
        few, many = sum(here[: bits + 1]), sum(here)
        fewer, others = sum(there[: bits + 1]), sum(there)
        if are_apart((few, many), (fewer, others), by=_APART, tries=len(endpoints)):
            below_bytes = 1 if few == here[0] else 1 << bits
            yield Smaller(endpoint, below_bytes, few / many, fewer / others, 1 << (usual - 1), many)


def _sizes(view: StageView) -> dict[tuple[str, str], list[int]]:
    """Add up the counts of the whole stage, by variant and endpoint."""
    sizes: dict[tuple[str, str], list[int]] = {}
    for event in view.events(ResponseSizes):
        key = event.variant, event.endpoint
        known = sizes.get(key, [])
        sizes[key] = [one + more for one, more in zip_longest(known, event.counts, fillvalue=0)]
    return sizes


def _least_usual(counts: list[int]) -> int:
    """Return the smallest size, in bits, but for those of the smallest hundredth; 0 without responses."""
    below, total = 0, sum(counts)
    for bits, count in enumerate(counts):
        below += count
        if below > _SELDOM * total:
            return bits
    return 0


def _reason(found: list[Smaller], variant: Variant, other: Variant) -> str:
    worst = found[0]
    were = "were empty" if worst.below_bytes == 1 else f"had less than {counted(worst.below_bytes, 'byte')}"
    more = f", and {counted(len(found) - 1, 'other endpoint')}" if len(found) > 1 else ""
    seen = (
        f"{PERCENT.spoken(worst.share)} of the {variant}'s responses to {worst.endpoint} {were}, against "
        f"{PERCENT.spoken(worst.other_share)} of the {other}'s, which usually have at least "
        f"{counted(worst.usual_bytes, 'byte')}{more}. "
    )
    if variant is not Variant.CANARY:
        return f"{seen}What the canary is compared with may not do its work: look at the {variant}."
    return (
        f"{seen}Whether the canary does its work is not known: look at what it responds. If it is meant to "
        "respond with less, write `response_sizes: note` under `judge`."
    )
