"""How long a request takes: a log-normal draw, bent by faults. Pure; no clock, no waiting."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.plan.faults import Faults

MEDIAN_S = 0.020
P95_S = 0.047
# A log-normal's 95th percentile is median · exp(sigma · z), z being the normal distribution's.
Z95 = NormalDist().inv_cdf(0.95)
SIGMA = math.log(P95_S / MEDIAN_S) / Z95
SLOW_START_FACTOR = 4.0


def unbent_s(z: float) -> float:
    """Turn a standard normal draw into a service time without faults."""
    return MEDIAN_S * math.exp(SIGMA * z)


def service_time_s(z: float, faults: Faults, age_s: float) -> float:
    """Turn a standard normal draw into a service time, `age_s` after the faults were set."""
    time_s = unbent_s(z) * (1 + faults.latency_ratio) + faults.latency_add_s
    if z > Z95:
        time_s = time_s * (1 + faults.tail_latency_ratio) + faults.tail_latency_add_s
    return max(time_s, 0.0) * slow_start_factor(faults.slow_start_s, age_s)


def bends_times(faults: Faults) -> bool:
    """Return whether these faults change any service time."""
    return bool(
        faults.latency_ratio
        or faults.latency_add_s
        or faults.tail_latency_ratio
        or faults.tail_latency_add_s
        or faults.slow_start_s
    )


def slow_start_factor(slow_start_s: float, age_s: float) -> float:
    """Return 4 at the start, falling linearly to 1 at `slow_start_s`."""
    if age_s >= slow_start_s:
        return 1.0
    return SLOW_START_FACTOR - (SLOW_START_FACTOR - 1) * age_s / slow_start_s
