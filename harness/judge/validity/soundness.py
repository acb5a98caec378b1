"""Whether the experiment itself was fair: the same mix of requests on both sides, and a steady baseline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from harness.judge.finding import Finding, Result, Subject
from harness.judge.outcome import Outcome
from harness.judge.stats.bounds import Risks
from harness.judge.stats.trend import growth_estimate
from harness.judge.view import StageView
from harness.judge.windows.mix import UNEVEN
from harness.judge.words import PERCENT
from harness.plan.variant import Variant
from harness.record.histograms.endpoints import MAX_ENDPOINTS, OTHERS
from harness.record.histograms.tag import EVERY_REQUEST, Kind

MIX = Subject.of_check("mix", "same mix of requests")
MIX_MOVED = Subject.of_note("mix", "mix of requests")
ENDPOINTS = Subject.of_note("endpoints", "endpoints told apart")
STEADY = Subject.of_note("steady-baseline", "steady baseline")


def judge_soundness(view: StageView) -> Iterator[Finding]:
    """Find what makes the comparison of the variants unfair; yields nothing when it is fair."""
    yield from _too_many_endpoints(view)
    if not view.has_both:
        return
    yield from _mix(view)
    yield from _drifting_baseline(view)


def _too_many_endpoints(view: StageView) -> Iterator[Finding]:
    """Note that requests of some endpoints are counted together, and how to have it otherwise."""
    together = sum(requests_by_endpoint(view, variant)[OTHERS] for variant in Variant)
    if together:
        reason = (
            f"{together:,} requests are counted together as `{OTHERS}`: more than {MAX_ENDPOINTS} endpoints "
            "were requested. For paths with ids in them write `fold_ids = True` in the user class, or give "
            'each a name: `self.client.get(f"/items/{id}", name="/items/[id]")`.'
        )
        yield Result.count(Outcome.PASS, together, reason, together).of(ENDPOINTS)


def _mix(view: StageView) -> Iterator[Finding]:
    """Tell which endpoint one variant was asked for more often, and whether that can be made up for."""
    mix = view.blocks.mix
    apart = mix.incomparable or mix.moved
    if apart is None:
        return
    most, n = PERCENT.spoken(UNEVEN), mix.canary.total() + mix.baseline.total()
    numbers = (100 * apart.difference, 100 * UNEVEN, "%", n)
    if mix.incomparable:
        reason = f"{apart.spoken} So they cannot be compared (at most {most} apart)."
        yield Result.fact(Outcome.INVALID, reason, *numbers, "lower").of(MIX)
    else:
        reason = (
            f"{apart.spoken} They are compared as if both had the mix of all requests (noted from {most} on)."
        )
        yield Result.fact(Outcome.PASS, reason, *numbers).of(MIX_MOVED)


def requests_by_endpoint(view: StageView, variant: Variant) -> Counter[str]:
    """Count a variant's requests of the whole stage, successful and failed, by endpoint."""
    counts: Counter[str] = Counter()
    for tag, number in view.aggregate.counts.items():
        if tag.variant == variant and tag.kind in EVERY_REQUEST:
            counts[tag.endpoint] += number
    return counts


def _drifting_baseline(view: StageView) -> Iterator[Finding]:
    """Note a baseline whose p95, bounds included, moved by more than the tolerance during the stage."""
    responses = [block[Kind.RESPONSE] for block in view.blocks.merged.even.baseline.blocks]
    p95_us = [response.quantile_us(0.95) for response in responses if response.total]
    risk, tolerance = view.budget.at_the_end(None), view.plan.judge.tolerance
    growth = growth_estimate(np.array(p95_us, dtype=np.float64), Risks(risk, risk))
    if growth.observed is None or not (growth.lower > tolerance or growth.upper < -tolerance):
        return
    moved, noted = PERCENT.spoken(growth.observed, "+"), PERCENT.spoken(tolerance)
    reason = (
        f"The {view.design.reference}'s own p95 moved by {moved} of its mean over the stage "
        f"(noted from {noted} on): its surroundings changed."
    )
    yield Result(
        outcome=Outcome.PASS,
        reason=reason,
        observed=PERCENT.of(growth.observed),
        limit=PERCENT.of(tolerance),
        unit=PERCENT.name,
        lower=PERCENT.of(growth.lower),
        upper=PERCENT.of(growth.upper),
        n=growth.n,
        blocks=growth.blocks,
    ).of(STEADY)
