"""Drawn stages, put before the very tests of the judge: no formula stands in for what the judge will do.

A drawn stage is the counts of its blocks: Poisson numbers of requests, of which some are slower than the
mark that the test compares at. ln latency is normal and wanders from block to block as an AR(1) series.
A variant has pods in proportion to its traffic, and each pod wanders by itself: so the mean of the smaller
variant wanders more, while single requests of both scatter alike.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.judge.planning.needs import blocks_merged
from harness.judge.planning.noise import RatioNoise
from harness.judge.stats.disturbance import lasts_without_worst
from harness.judge.stats.limit_test import Care, is_surely
from harness.judge.stats.shares import Share, ShareDifference, Stratum
from harness.judge.stats.special import ndtr_each, ndtri
from harness.judge.windows.budget import WRONG_PASS
from harness.judge.windows.design import StageDesign

Matrix = NDArray[np.float64]

STAGES = 200
"""Drawn for each question: a share of 95 % is known to about 1.5 points."""
MAX_BLOCKS = 120
"""A longer stage is drawn in longer blocks, which say nearly as much."""
SEED = 20261130
NEWTON_STEPS = 6


@dataclass(frozen=True)
class BlockDesign:
    """K blocks of a stage, each with enough canary requests to be compared."""

    count: int
    block_s: float
    canary: float
    """Requests in one block on average."""
    baseline: float

    @property
    def drawn(self) -> BlockDesign:
        """The same time in at most so many blocks as are drawn."""
        size = math.ceil(self.count / MAX_BLOCKS)
        if size <= 1:
            return self
        return BlockDesign(self.count // size, self.block_s * size, self.canary * size, self.baseline * size)


def planned_blocks(design: StageDesign) -> BlockDesign:
    """Return the blocks of a stage that are compared."""
    return blocks_of(design, design.clock.planned_blocks // blocks_merged(design))


def blocks_of(design: StageDesign, count: int) -> BlockDesign:
    """Return so many blocks of the stage, each merged until it is thick enough."""
    block_s = design.clock.block_s * blocks_merged(design)
    requests = design.planned_per_s * block_s
    canary, reference = float(design.stage.weight) * requests, design.share_of_reference * requests
    return BlockDesign(count, block_s, canary, reference)


@dataclass(frozen=True)
class QuantileChange:
    """A quantile that may change in proportion, as a share, and how much it really does."""

    level: float
    allowed: float
    real: float = 0.0


def failures(
    blocks: BlockDesign, change: QuantileChange, noise: RatioNoise, risk: float, disturbance_s: float
) -> Iterator[bool]:
    """Yield whether each drawn stage fails a change at its end: surely, and no disturbance explains it."""
    count = max(1, math.ceil(disturbance_s / blocks.drawn.block_s - 1e-6))

    def fails(test: ShareDifference) -> bool:
        surely = is_surely(test, risk, Care.END, above=True)
        return surely and lasts_without_worst(test, count, above=True)

    return map(fails, drawn_tests(blocks, change, noise))


def passes(blocks: BlockDesign, change: QuantileChange, noise: RatioNoise) -> Iterator[bool]:
    """Yield whether the end of each drawn stage passes a change."""
    for test in drawn_tests(blocks, change, noise):
        yield is_surely(test, WRONG_PASS, Care.PASS, above=False)


def share_of(outcomes: Iterator[bool]) -> float:
    """Return the share of all drawn stages; one without requests of both variants says nothing."""
    return sum(outcomes) / STAGES


def reach(power: float, outcomes: Iterator[bool]) -> bool:
    """Whether so large a share of drawn stages is true; no more are looked at than that takes."""
    false, may_be_false = 0, STAGES * (1 - power)
    for number, outcome in enumerate(outcomes, start=1):
        false += not outcome
        if false > may_be_false:
            return False
        if number - false >= STAGES * power:
            return True
    return False


def drawn_tests(blocks: BlockDesign, change: QuantileChange, noise: RatioNoise) -> Iterator[ShareDifference]:
    """Draw stages, the same chance for every question: what the judge compares in each of them."""
    return (ShareDifference([both]) for both in drawn_stages(blocks, change, noise))


def drawn_stages(
    blocks: BlockDesign, change: QuantileChange, noise: RatioNoise, begins: int = 0
) -> Iterator[Stratum]:
    """Draw both variants' counts beyond the mark; the change is there from the drawn block `begins` on."""
    blocks, rng = blocks.drawn, np.random.default_rng(SEED)
    baseline, canary = _sides(rng, blocks, noise)
    own = _own_quantile(baseline, change.level)
    allowed = math.log1p(change.allowed)
    real = np.where(np.arange(blocks.count) >= begins, math.log1p(change.real), 0.0)
    marks = (own - baseline.levels) / baseline.sigma, (own + allowed - real - canary.levels) / canary.sigma
    sizes = [rng.poisson(mean, baseline.levels.shape) for mean in (blocks.baseline, blocks.canary)]
    hits = [rng.binomial(size, ndtr_each(-mark)) for size, mark in zip(sizes, marks, strict=True)]
    for old, new, m, n in zip(*hits, *sizes, strict=True):
        both = Share(new.astype(float), n.astype(float)), Share(old.astype(float), m.astype(float))
        if both[0].n and both[1].n:
            yield Stratum(*both)


@dataclass(frozen=True)
class _Side:
    """One variant: the level of ln latency in each block of each stage, (STAGES, K), and its scatter."""

    levels: Matrix
    sigma: float


def _sides(rng: np.random.Generator, blocks: BlockDesign, noise: RatioNoise) -> tuple[_Side, _Side]:
    """Draw the baseline and the canary."""
    r = noise.correlation
    # The mean of K values of an AR(1) series has (1 + r) / (1 - r) / K times the variance of one.
    variance = noise.variance_s / blocks.block_s * (1 - r) / (1 + r)
    requests = np.array([blocks.canary, blocks.baseline])
    of_baseline, of_canary = (variance * requests / requests.sum()).tolist()
    most = max(of_baseline, of_canary)

    def side(own: float) -> _Side:
        levels = _series(rng, (STAGES, blocks.count), own, r)
        return _Side(levels, math.sqrt(noise.sigma**2 + most - own))

    return side(of_baseline), side(of_canary)


def _series(rng: np.random.Generator, shape: tuple[int, int], variance: float, r: float) -> Matrix:
    """Draw a stationary AR(1) series in each row."""
    levels: Matrix = rng.standard_normal(shape) * math.sqrt(variance * (1 - r * r))
    levels[:, 0] /= math.sqrt(1 - r * r)
    for block in range(1, shape[1]):
        levels[:, block] += r * levels[:, block - 1]
    return levels


def _own_quantile(side: _Side, level: float) -> Matrix:
    """Return ln of the quantile of each stage as a whole, (STAGES, 1), by Newton's method."""
    found: Matrix = side.sigma * ndtri(level) + side.levels.mean(axis=1, keepdims=True)
    for _ in range(NEWTON_STEPS):
        z = (found - side.levels) / side.sigma
        density = np.exp(-z * z / 2).mean(axis=1, keepdims=True) / (side.sigma * math.sqrt(2 * math.pi))
        found -= (ndtr_each(z).mean(axis=1, keepdims=True) - level) / density
    return found
