"""How fast a series grows, and how sure that is."""

import math
from statistics import mean
from typing import NamedTuple

from scipy.stats import linregress, t

CONFIDENCE = 0.95


class Slope(NamedTuple):
    """Growth per minute, and half the width of its 95 % interval."""

    per_min: float
    margin: float

    def __str__(self) -> str:
        return f"{self.per_min:+.4f} ± {self.margin:.4f}"


def slope_of(samples):
    """Return the slope of (seconds, value) samples; None for less than three minutes of them.

    A straight line through the means of whole minutes: samples of one minute resemble each other, so each on
    its own would make the interval too narrow.
    """
    minutes = {}
    for at_s, value in samples:
        minutes.setdefault(int(at_s // 60), []).append(value)
    if len(minutes) < 3:
        return None
    line = linregress(list(minutes), [mean(values) for values in minutes.values()])
    margin = float(t.ppf((1 + CONFIDENCE) / 2, len(minutes) - 2) * line.stderr)
    # The error of a line through equal values is no number.
    return Slope(float(line.slope), 0.0 if math.isnan(margin) else margin)
