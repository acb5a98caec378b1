"""What disturbs a service from time to time: how long it lasts, and whether it comes back regularly."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from harness.judge.stats.noise import Floats
from harness.judge.stats.position import position_at_count
from harness.judge.view import StageView
from harness.judge.windows.blocks import VariantBlocks

FAR = 6.0
"""Robust standard deviations above the median from which on a moment is disturbed."""
MAD_TO_SD = 1.4826
CHANCE = 0.001
"""How improbable the highest peak must be without a period."""
MIN_MOMENTS = 20


@dataclass(frozen=True)
class Rhythm:
    """The longest disturbance of either variant, 0 without one, and the period of what comes back."""

    disturbance_s: float
    period_s: float | None


def rhythm_of(view: StageView) -> Rhythm:
    """Look for disturbances in windows as short as they were recorded."""
    fine = _in_windows(view)
    series = [_slow_shares(each) for each in (fine.blocks.baseline, fine.blocks.canary)]
    known = [each for each in series if each is not None]
    window_s = fine.clock.block_s
    longest = max((longest_run(disturbed(each)) for each in known), default=0)
    periods = [period for each in known if (period := period_of(each, window_s)) is not None]
    return Rhythm(longest * window_s, max(periods, default=None))


def disturbed(shares: Floats) -> Floats:
    """Say of each moment whether it is far above the usual, (K,)."""
    median = float(np.median(shares))
    spread = MAD_TO_SD * float(np.median(np.abs(shares - median)))
    return np.asarray(shares > median + FAR * max(spread, median / 10, 1e-9), dtype=np.float64)


def longest_run(marks: Floats) -> int:
    """Count the longest run of marked moments; one that is not marked between two does not end it."""
    closed = marks.copy()
    if len(marks) > 2:
        closed[1:-1] = np.maximum(marks[1:-1], np.minimum(marks[:-2], marks[2:]))
    edges = np.flatnonzero(np.diff(np.concatenate([[0.0], closed, [0.0]])))
    return int(max(edges[1::2] - edges[::2], default=0))


def period_of(values: Floats, step_s: float) -> float | None:
    """Return the period that the highest peak of the periodogram shows beyond chance, in seconds.

    Fisher's g test (1929): without a period the highest of m ordinates holds a share g of their sum with
    probability about m (1 - g)^(m - 1). At least three periods must have been seen.
    """
    if len(values) < MIN_MOMENTS or float(np.ptp(values)) == 0:
        return None
    power = np.abs(np.fft.rfft(values - values.mean())[1:]) ** 2
    highest = int(power[2:].argmax()) + 2
    share, ordinates = float(power[highest] / power.sum()), len(power)
    if ordinates * math.exp((ordinates - 1) * math.log1p(-min(share, 1 - 1e-12))) > CHANCE:
        return None
    return len(values) * step_s / (highest + 1)


def _in_windows(view: StageView) -> StageView:
    """Return the same stage in blocks of one window."""
    stage = view.evidence.stage.model_copy(update={"block_s": view.stage.interval_s})
    return StageView(view.plan, replace(view.evidence, stage=stage))


def _slow_shares(variant: VariantBlocks) -> Floats | None:
    """Return the share of each window's requests above the variant's own p95, (K,)."""
    latencies = variant.response
    if not len(latencies) or not latencies.cumulated[-1]:
        return None
    place = position_at_count(latencies.cumulated, 0.95 * float(latencies.cumulated[-1]))
    table = latencies.successful
    return np.asarray(table.above(place) / np.maximum(table.totals, 1))
