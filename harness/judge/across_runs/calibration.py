"""Noise measured by runs of one version against itself, and the smallest change it lets a stage detect.

In such a run the true ratio of the variants is 1. Each stage gives ln(p95 canary / p95 baseline) with the
error its blocks show. Scatter of the ratios beyond that error is the spread between runs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from harness.judge.across_runs.comparability import Conditions, differences, windows_of
from harness.judge.across_runs.linearized import linearized_quantile
from harness.judge.planning.needs import MIN_BLOCKS
from harness.judge.stats.estimate import Mean
from harness.judge.stats.noise import Floats
from harness.judge.stats.power import POWER, seconds_needed
from harness.judge.stats.special import ndtri
from harness.judge.view import StageView
from harness.judge.windows.blocks import StageBlocks
from harness.judge.windows.budget import WRONG_PASS
from harness.record.evidence import Evidence

MAX_FACTOR = 10
"""Blocks that are tried as one longer block."""
INDEPENDENT_ENOUGH = 0.2
"""Lag-1 correlation below which blocks may be taken as they are."""


class CalibrationError(Exception):
    """Runs from which noise can't be measured; `problems` says why."""

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class StageNoise:
    """One stage of one run: ln of the p95 ratio, its error, and the correlation of neighbouring blocks."""

    run: str
    stage: str
    blocks: int
    measured_s: float
    ln_ratio: float
    se: float
    correlation: float

    @property
    def z(self) -> float:
        """The ratio in units of its error; its standard deviation is 1 when the error is right."""
        return self.ln_ratio / self.se if self.se > 0 else 0.0


@dataclass(frozen=True)
class Calibration:
    """The noise of all stages together; shares are relative changes of p95."""

    stages: tuple[StageNoise, ...]
    z_sd: float
    correlation: float
    variance_s: float
    """Variance of ln of the ratio over T seconds is this divided by T."""
    run_spread: float
    """Standard deviation of ln of the ratio between runs, beyond what blocks show."""
    block_s: float
    """The shortest block whose neighbours are hardly correlated."""
    detectable: float
    """Smallest p95 change that fails the plan's tolerance in 95 of 100 stages as long as these."""
    needs_s: float
    """Measured time in which an unchanged canary passes the tolerance in 95 of 100 stages, or infinity."""


def calibrate(runs: Mapping[str, Evidence]) -> Calibration:
    """Measure the noise of runs of one version against itself; CalibrationError when it can't be measured."""
    first, *others = [Conditions(name, windows_of(evidence.plan)) for name, evidence in runs.items()]
    if apart := [reason for other in others for reason in differences(first, other)]:
        raise CalibrationError(*apart)
    views = [(name, view) for name, evidence in runs.items() for view in _views(evidence)]
    if not views:
        raise CalibrationError(f"no stage of these runs compares the variants in {MIN_BLOCKS} blocks")
    stages = tuple(noise for name, view in views if (noise := _noise(name, view)))
    if not stages:
        raise CalibrationError("no stage of these runs has successful responses of both variants")
    return _together(stages, [view for _, view in views])


def _views(evidence: Evidence) -> list[StageView]:
    views = [StageView(evidence.plan, stage) for stage in evidence.stages if stage.intervals]
    return [view for view in views if view.has_both and len(view.blocks.merged) >= MIN_BLOCKS]


def _noise(run: str, view: StageView) -> StageNoise | None:
    merged = view.blocks.merged
    influence, ratio = _influence(merged), _mean(merged)
    if influence is None or ratio is None:
        return None
    measured_s = float(view.blocks.lengths_s.sum())
    return StageNoise(
        run, view.stage.name, len(merged), measured_s, ratio.value, ratio.se, lag_one(influence)
    )


def _mean(blocks: StageBlocks) -> Mean | None:
    effects = [linearized_quantile(each.response, 0.95) for each in (blocks.baseline, blocks.canary)]
    influence = _influence(blocks)
    if influence is None or effects[0] is None or effects[1] is None:
        return None
    return Mean.of(math.log(effects[1].value_s / effects[0].value_s), influence, effects[1].n)


def _influence(blocks: StageBlocks) -> Floats | None:
    """How much each block pushes ln of the ratio, (K,)."""
    of_p95 = partial(linearized_quantile, p=0.95)
    old, new = of_p95(blocks.baseline.response), of_p95(blocks.canary.response)
    if old is None or new is None:
        return None
    return np.asarray(new.influence_s / new.value_s - old.influence_s / old.value_s)


def lag_one(values: Floats) -> float:
    """Return the correlation of neighbours, -1 … 1; 0 for a constant series."""
    centred = values - values.mean()
    scatter = float(centred @ centred)
    return float(centred[1:] @ centred[:-1]) / scatter if scatter > 0 else 0.0


def _together(stages: Sequence[StageNoise], views: Sequence[StageView]) -> Calibration:
    variance_s = float(np.mean([each.se**2 * each.measured_s for each in stages]))
    spread = math.sqrt(max(0.0, float(np.mean([each.ln_ratio**2 - each.se**2 for each in stages]))))
    measured_s = float(np.mean([each.measured_s for each in stages]))
    judge, risk = views[0].plan.judge, views[0].budget.final
    gap = math.log1p(judge.tolerance)
    se = math.sqrt(variance_s / measured_s + spread**2)
    # The spread between runs stays however long one measures, and takes its part of the gap.
    reach = gap - spread * (ndtri(1 - WRONG_PASS) + ndtri(POWER))
    return Calibration(
        tuple(stages),
        z_sd=math.sqrt(float(np.mean([each.z**2 for each in stages]))),
        correlation=float(np.mean([each.correlation for each in stages])),
        variance_s=variance_s,
        run_spread=spread,
        block_s=_block_s(views),
        detectable=math.expm1(gap + se * (ndtri(1 - risk) + ndtri(POWER))),
        needs_s=seconds_needed(variance_s, reach, WRONG_PASS),
    )


def _block_s(views: Sequence[StageView]) -> float:
    """Find the shortest (merged) block whose neighbours are hardly correlated; else the longest."""
    block_s, factor = max(view.clock.block_s for view in views), 1
    while factor < MAX_FACTOR and _resemblance(views, factor) > INDEPENDENT_ENOUGH:
        if min(len(view.blocks) for view in views) // (factor + 1) < MIN_BLOCKS:
            break
        factor += 1
    return block_s * factor


def _resemblance(views: Sequence[StageView], factor: int) -> float:
    seen = [_influence(view.blocks.in_groups_of(factor).merged) for view in views]
    return float(np.mean([lag_one(each) for each in seen if each is not None and len(each) > 1] or [0.0]))
