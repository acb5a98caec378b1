"""Whether the experiment itself was fair: the same mix of requests on both sides, and a steady baseline."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

import numpy as np
from scipy.special import ndtri

from harness.judge.finding import Finding, Result, Subject
from harness.judge.outcome import Outcome
from harness.judge.stats.bounds import Risks
from harness.judge.stats.trend import growth_estimate
from harness.judge.view import StageView
from harness.judge.words import PERCENT
from harness.plan.variant import Variant
from harness.record.histograms.endpoints import MAX_ENDPOINTS, OTHERS
from harness.record.histograms.tag import EVERY_REQUEST, Kind

MIX = Subject.of_check("mix", "same mix of requests")
ENDPOINTS = Subject.of_note("endpoints", "endpoints told apart")
STEADY = Subject.of_note("steady-baseline", "steady baseline")
UNEVEN = 0.01
"""Difference in an endpoint's share between the variants that could move a percentile."""
MIX_RISK = 0.0005


def judge_soundness(view: StageView) -> Iterator[Finding]:
    """Find what makes the comparison of the variants unfair; yields nothing when it is fair."""
    yield from _too_many_endpoints(view)
    if not view.has_both:
        return
    yield from _uneven_mix(view)
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


def _uneven_mix(view: StageView) -> Iterator[Finding]:
    """Compare each endpoint's share of the requests between the variants."""
    seen = {variant: requests_by_endpoint(view, variant) for variant in Variant}
    old, new = (sum(seen[variant].values()) for variant in (Variant.BASELINE, Variant.CANARY))
    endpoints = sorted(seen[Variant.BASELINE] | seen[Variant.CANARY])
    if not old or not new:
        return
    surprise = -float(ndtri(MIX_RISK / 2 / len(endpoints)))
    for endpoint in endpoints:
        was, now = seen[Variant.BASELINE][endpoint] / old, seen[Variant.CANARY][endpoint] / new
        pooled = (seen[Variant.BASELINE][endpoint] + seen[Variant.CANARY][endpoint]) / (old + new)
        error = math.sqrt(pooled * (1 - pooled) * (1 / old + 1 / new))
        if abs(now - was) > max(UNEVEN, surprise * error):
            reason = (
                f"{endpoint} was {PERCENT.spoken(now)} of the canary's requests and {PERCENT.spoken(was)} "
                f"of the baseline's (at most {PERCENT.spoken(UNEVEN)} apart), so they cannot be compared."
            )
            apart = 100 * abs(now - was)
            numbers = (apart, 100 * UNEVEN, "%", old + new)
            yield Result.fact(Outcome.INVALID, reason, *numbers, "lower").of(MIX)
            return


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
    risk, tolerance = view.budget.final, view.plan.judge.tolerance
    growth = growth_estimate(np.array(p95_us, dtype=np.float64), Risks(risk, risk))
    if growth.observed is None or not (growth.lower > tolerance or growth.upper < -tolerance):
        return
    reason = (
        f"The baseline's own p95 moved by {PERCENT.spoken(growth.observed, '+')} over the stage (noted from "
        f"{PERCENT.spoken(tolerance)} on): its surroundings changed."
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
