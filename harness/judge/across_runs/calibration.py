"""Noise measured by runs of one version against itself, and the smallest change it lets a stage detect.

In such a run the true ratio of the variants is 1. Each stage gives ln(p95 canary / p95 baseline) with the
error its blocks show. Scatter of the ratios beyond that error is the spread between runs.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from harness.judge.across_runs.comparability import Conditions, differences, windows_of
from harness.judge.across_runs.linearized import linearized_quantile
from harness.judge.across_runs.rhythm import rhythm_of
from harness.judge.planning.beats import whole_periods_s
from harness.judge.planning.needs import MIN_BLOCKS
from harness.judge.stats.estimate import Mean
from harness.judge.stats.noise import Floats
from harness.judge.stats.power import POWER, seconds_needed
from harness.judge.stats.special import ndtri
from harness.judge.view import StageView
from harness.judge.windows.blocks import StageBlocks
from harness.judge.windows.boundary import LATENCIES
from harness.judge.windows.budget import WRONG_PASS
from harness.record.evidence import Evidence
from harness.record.histograms.tag import Kind

MAX_FACTOR = 10
"""Blocks that are tried as one longer block."""
MAX_ENDPOINTS = 20
NORMAL_DENSITY = 0.103
"""Of a standard normal at its 95th percentile."""
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
class EndpointNoise:
    """The p95 ratio of one endpoint over all stages: how much it scatters in 15 minutes, as a share."""

    endpoint: str
    requests: int
    sd_15_min: float
    correlation: float


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
    wandering_variance_s: float
    """The part of `variance_s` that requests would not have if they were independent."""
    sigma: float
    """Standard deviation of ln latency in the slow tail."""
    block_s: float
    """The shortest block whose neighbours are hardly correlated, and whole periods where there is one."""
    disturbance_s: float
    """The longest disturbance that a variant had in any run; 0 without one."""
    period_s: float | None
    """Of what comes back regularly."""
    endpoints: tuple[EndpointNoise, ...]
    """Those with most requests."""
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
    judge, risk = views[0].plan.judge, views[0].budget.at_the_end(LATENCIES)
    gap = math.log1p(judge.tolerance)
    se = math.sqrt(variance_s / measured_s + spread**2)
    rhythms = [rhythm_of(view) for view in views]
    period_s = max((each.period_s for each in rhythms if each.period_s is not None), default=None)
    independent_s, density = _independent(views)
    # The spread between runs stays however long one measures, and takes its part of the gap.
    reach = gap - spread * (ndtri(1 - WRONG_PASS) + ndtri(POWER))
    return Calibration(
        tuple(stages),
        z_sd=math.sqrt(float(np.mean([each.z**2 for each in stages]))),
        correlation=float(np.mean([each.correlation for each in stages])),
        variance_s=variance_s,
        run_spread=spread,
        wandering_variance_s=max(variance_s - independent_s, 0.0),
        sigma=NORMAL_DENSITY / density,
        block_s=whole_periods_s(_block_s(views), period_s),
        disturbance_s=max(each.disturbance_s for each in rhythms),
        period_s=period_s,
        endpoints=tuple(_endpoints(views)),
        detectable=math.expm1(gap + se * (ndtri(1 - risk) + ndtri(POWER))),
        needs_s=seconds_needed(variance_s, reach, WRONG_PASS),
    )


def _independent(views: Sequence[StageView]) -> tuple[float, float]:
    """Return the variance, times seconds, that independent requests have; and the density of ln latency."""
    variances, densities = [], []
    for view in views:
        tails = [
            linearized_quantile(each.response, 0.95) for each in (view.blocks.baseline, view.blocks.canary)
        ]
        floors = [tail.floor_s / tail.value_s for tail in tails if tail]
        variances.append(sum(floor**2 for floor in floors) * float(view.blocks.lengths_s.sum()))
        densities += [
            math.sqrt(0.95 * 0.05 / tail.n) / (tail.floor_s / tail.value_s) for tail in tails if tail
        ]
    return float(np.mean(variances)), float(np.mean(densities))


def _endpoints(views: Sequence[StageView]) -> Iterator[EndpointNoise]:
    """Measure the noise of each endpoint where it has enough blocks in every stage."""
    requests: Counter[str] = Counter()
    for view in views:
        for interval in view.evidence.intervals:
            for tag, histogram in interval.histograms.items():
                if tag.kind == Kind.RESPONSE and tag.endpoint:
                    requests[tag.endpoint] += histogram.total
    for endpoint, n in requests.most_common(MAX_ENDPOINTS):
        merged = [(view, view.blocks_of(endpoint, None).merged) for view in views]
        known = [
            (view, mean, influence)
            for view, blocks in merged
            if len(blocks) >= MIN_BLOCKS
            and (mean := _mean(blocks)) is not None
            and (influence := _influence(blocks)) is not None
        ]
        if known:
            variance_s = np.mean([mean.se**2 * float(view.blocks.lengths_s.sum()) for view, mean, _ in known])
            correlation = float(np.mean([lag_one(influence) for _, _, influence in known]))
            yield EndpointNoise(endpoint, n, math.sqrt(float(variance_s) / 900), correlation)


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
