"""How small a p value has to be at each of several looks, so that all together err as rarely as one test.

The looks at a growing mean are looks at one random walk: a late one mostly repeats what the earlier ones saw.
So all of them, the last included, share one risk, which is spent as time goes on (Lan & DeMets 1983).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from harness.judge.stats.noise import Floats
from harness.judge.stats.special import ndtr, ndtr_each, ndtri

NODES = 128
"""Of the quadrature; a step of 1/120 of the time so far is still three of them wide."""
FARTHEST = 8.0
"""The walk is followed down to so many standard deviations; nothing decides from so many on."""
LEAST_RISK = 1e-18
"""Beyond `FARTHEST`: what so little time spends that rounding takes it for nothing."""
STEPS, PRECISION = 20, 1e-9
"""Of the search for a boundary."""


def nominal_risks(times: Sequence[float], spent: Sequence[float]) -> tuple[float, ...]:
    """Return the one-sided p value that decides at each look of a random walk.

    `times` are increasing amounts of information, `spent` the risk of all looks up to each, which never
    falls. The walk's density among those not yet decided is carried from look to look (Armitage, McPherson &
    Rowe 1969).
    """
    if not times:
        return ()
    z = min(-ndtri(max(spent[0], LEAST_RISK)), FARTHEST)
    found, walk = [z], _Walk(times[0], z)
    for (before, now), (old, new) in zip(pairwise(times), pairwise(spent), strict=True):
        z = walk.boundary(now - before, now, max(new - old, LEAST_RISK), found[-1])
        walk.go_on(now - before, now, z)
        found.append(z)
    return tuple(ndtr(-z) for z in found)


class _Walk:
    """A random walk's density over the places from which it has not crossed the boundary."""

    def __init__(self, time: float, z: float) -> None:
        self._unit, self._unit_weights = np.polynomial.legendre.leggauss(NODES)
        self._x, self._dx = self._nodes(time, z)
        self._density = np.exp(-(self._x**2) / 2 / time) / math.sqrt(2 * math.pi * time)

    def boundary(self, step: float, time: float, risk: float, guess: float) -> float:
        """Return the z score that the walk is beyond after another step with this probability."""
        mass, sd, width = self._density * self._dx, math.sqrt(time), math.sqrt(step)

        def excess(z: float) -> float:
            beyond = float(mass @ ndtr_each((self._x - z * sd) / width))
            return math.log(max(beyond, 1e-300) / risk)

        # ln of a tail is nearly straight, so the secant method needs few steps.
        z, last = guess, guess + 0.1
        here, there = excess(z), excess(last)
        for _ in range(STEPS):
            if abs(here) < PRECISION or here == there:
                break
            z, last = min(max(z - here * (z - last) / (here - there), -FARTHEST), FARTHEST), z
            here, there = excess(z), here
        return z

    def go_on(self, step: float, time: float, z: float) -> None:
        """Take another step; beyond the boundary the walk ends."""
        x, dx = self._nodes(time, z)
        kernel = np.exp(-((x[:, None] - self._x) ** 2) / 2 / step) / math.sqrt(2 * math.pi * step)
        self._density = (kernel * (self._density * self._dx)).sum(axis=1)
        self._x, self._dx = x, dx

    def _nodes(self, time: float, z: float) -> tuple[Floats, Floats]:
        half = (z + FARTHEST) / 2 * math.sqrt(time)
        return -FARTHEST * math.sqrt(time) + half * (1 + self._unit), half * self._unit_weights
