"""Whether real traffic was split as the router was set, and stayed so."""

from __future__ import annotations

import math

from harness.judge.finding import Finding, Result
from harness.judge.outcome import Outcome
from harness.judge.stats.special import ndtri
from harness.judge.validity.accounts import SPLIT, SPLIT_RISK
from harness.judge.view import StageView
from harness.judge.words import PERCENT, duration

FINE_SHARE = 0.002
"""A router that counts, rather than draws, may be off by this much: its weights are whole numbers."""


def traffic_split_as_set(view: StageView) -> Finding:
    """Judge the canary's share after the warm-up against the weight, of the stage and of every block.

    A share that moves within the stage means that somebody else has set a weight.
    """
    canary, requests = view.blocks.canary.requests, view.blocks.of_all.requests
    total = float(requests.sum())
    if not total:
        nothing = "No request of either version was seen after the warm-up."
        return Result.plain(Outcome.INCONCLUSIVE, nothing).of(SPLIT)
    weight = float(view.stage.weight)
    share = float(canary.sum()) / total
    allowed = _allowed(weight, total, 1)
    outcome, moved = Outcome.PASS if abs(share - weight) <= allowed else Outcome.INVALID, ""
    for ends_s, got, of in zip(view.blocks.ends_s, canary.tolist(), requests.tolist(), strict=True):
        if of and abs(got / of - weight) > _allowed(weight, of, len(requests)):
            outcome = Outcome.INVALID
            at = duration(ends_s)
            moved = f"; it was {PERCENT.spoken(got / of)} in the block that ended {at} into the stage"
            break
    sticky = " Where the router keeps sessions at one version, name the `client` in the plan."
    reason = (
        f"The canary got {100 * share:.4g}% of the requests, set to {100 * weight:.4g}% "
        f"(at most {100 * allowed:.2g} percentage points off){moved}."
        f"{sticky if outcome is Outcome.INVALID and _can_tell_clients(view) else ''}"
    )
    return Result.fact(outcome, reason, 100 * share, 100 * weight, "%", int(total)).of(SPLIT)


def _can_tell_clients(view: StageView) -> bool:
    return view.plan.traffic is not None and view.plan.traffic.access_log is not None


def _allowed(weight: float, total: float, looks: int) -> float:
    """Return how far a share of so many requests may be off by chance, looked at so often."""
    spread = math.sqrt(weight * (1 - weight) / total)
    return max(1.0 / total, FINE_SHARE, -ndtri(SPLIT_RISK / 2 / looks) * spread)
