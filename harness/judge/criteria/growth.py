"""Whether the canary grows worse while the stage lasts: its memory, and its p95.

Beside a baseline it is the canary's share of the baseline's that must not grow: a day's swing moves both.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from harness.judge.decision import Decision, Requirement, decide
from harness.judge.finding import Result
from harness.judge.outcome import Outcome
from harness.judge.planning.needs import MIN_BLOCKS
from harness.judge.stats.bounds import Risks
from harness.judge.stats.latency import observed_quantile_s
from harness.judge.stats.noise import Floats
from harness.judge.stats.trend import growth_estimate
from harness.judge.view import LATE, StageView
from harness.judge.windows.blocks import StageBlocks
from harness.judge.words import PERCENT, counted
from harness.plan.criteria.compare import Op
from harness.plan.criteria.measure import measure_named
from harness.plan.variant import Variant
from harness.record.histograms.tag import Kind

MEMORY = measure_named("memory")


def no_leak(view: StageView) -> Result:
    """Judge whether the canary's memory grew."""
    canary = view.probes.samples(MEMORY, Variant.CANARY)
    baseline = view.probes.samples(MEMORY, view.design.reference).values if view.has_both else np.zeros(0)
    pairs = min(len(canary.values), len(baseline))
    beside = pairs > 0 and bool((baseline[:pairs] > 0).all())
    values = canary.values[:pairs] / baseline[:pairs] if beside else canary.values
    # In the first samples a process fills its caches, which is not a leak.
    return _growth(view, "memory", values[len(values) // 5 :], canary.missing, beside=beside).result


def no_slowing(view: StageView) -> Result:
    """Judge whether the canary's p95 grew."""
    blocks = view.blocks.merged.even
    decision = _growth(view, "p95", _p95(blocks, beside=view.has_both), None, beside=view.has_both)
    if decision.outcome is not Outcome.FAIL:
        return decision.result
    if view.late:
        return decision.turned(Outcome.INVALID, LATE).result
    if not view.has_both:
        because = "Without a baseline beside it nothing tells a slower canary from a swing of the day."
        return decision.turned(Outcome.INCONCLUSIVE, because).result
    last, tolerance = _last_change(blocks), view.plan.judge.tolerance
    if last <= tolerance:
        change, reference = PERCENT.spoken(last, "+"), view.design.reference
        because = f"In the last third of the stage it was {change} against the {reference}."
        return decision.turned(Outcome.INCONCLUSIVE, because).result
    return decision.result


def _p95(blocks: StageBlocks, *, beside: bool) -> Floats:
    """Take the canary's p95 of each block, in proportion to the baseline's where one runs beside it."""
    canary = [block[Kind.RESPONSE] for block in blocks.canary.blocks]
    if not beside:
        return np.array([times.quantile_us(0.95) for times in canary if times.total], dtype=np.float64)
    baseline = [block[Kind.RESPONSE] for block in blocks.baseline.blocks]
    pairs = [(new, old) for new, old in zip(canary, baseline, strict=True) if new.total and old.total]
    ratios = [new.quantile_us(0.95) / old.quantile_us(0.95) for new, old in pairs]
    return np.array(ratios, dtype=np.float64)


def _last_change(blocks: StageBlocks) -> float:
    """Return how far the canary's p95 was above the baseline's in the last third of the stage."""
    last = StageBlocks(blocks.clock, blocks.blocks[2 * len(blocks) // 3 :])
    new, old = (observed_quantile_s(each.response, 0.95) for each in (last.canary, last.baseline))
    return new / old - 1 if new and old else 0.0


def _growth(view: StageView, what: str, values: Floats, missing: str | None, *, beside: bool) -> Decision:
    """Fail when even the lower bound of the growth exceeds the tolerance."""
    risk = view.budget.growth
    estimate = growth_estimate(values, Risks(lower=risk, upper=risk))
    against = f" against the {view.design.reference}'s" if beside else ""
    subject = f"Growth of the canary's {what}{against} over the stage"
    tolerance = view.plan.judge.tolerance
    decision = decide(Requirement(subject, Op.LE, tolerance, PERCENT, growth=True), estimate)
    if decision.outcome is Outcome.FAIL:
        return decision
    if missing or estimate.n < MIN_BLOCKS:
        more = missing or f"{counted(MIN_BLOCKS - estimate.n, 'more value')} needed."
        return replace(decision, outcome=Outcome.INCONCLUSIVE, remarks=(more,))
    return replace(decision, outcome=Outcome.PASS)
