"""The ratio of two tools that took turns, and how sure it is."""

import math
from statistics import mean, stdev
from typing import NamedTuple

from scipy.stats import t

CONFIDENCE = 0.95


class Ratio(NamedTuple):
    """The geometric mean of the ratios of all rounds, and its 95 % interval; infinite after one round."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.2f} ({self.low:.2f} … {self.high:.2f})"


def ratio_of(ours, theirs):
    """Return the ratio of figures of the same rounds: what disturbs a round disturbs both."""
    logs = [math.log(our / their) for our, their in zip(ours, theirs, strict=True)]
    middle = mean(logs)
    if len(logs) < 2:
        return Ratio(math.exp(middle), 0.0, math.inf)
    margin = t.ppf((1 + CONFIDENCE) / 2, len(logs) - 1) * stdev(logs) / math.sqrt(len(logs))
    return Ratio(math.exp(middle), math.exp(middle - margin), math.exp(middle + margin))
