"""The noise that a stage is planned for: of a typical service, or measured by `harness calibrate`."""

from __future__ import annotations

from dataclasses import dataclass

from harness.plan.model import Plan

TYPICAL_SD_15_MIN = 0.018
"""Standard deviation of ln(p95 canary / p95 baseline) over 15 minutes of one pod that wanders moderately."""


@dataclass(frozen=True)
class RatioNoise:
    """How strongly the ratio of two quantiles wanders beyond the chance of single requests."""

    variance_s: float = TYPICAL_SD_15_MIN**2 * 900.0
    """The variance of ln of the ratio over T seconds is this divided by T."""
    correlation: float = 0.2
    """Of neighbouring blocks."""
    sigma: float = 0.6
    """Standard deviation of ln latency: how far apart the latencies of single requests lie."""
    period_s: float | None = None
    """Of a disturbance that comes back regularly, if one is known."""


TYPICAL = RatioNoise()
EMBEDDED = RatioNoise(0.004**2 * 54.0, correlation=0.0)
"""The embedded service against itself: between runs of 54 s the ratio differs by 0.4 % beyond chance."""


def assumed_noise(plan: Plan) -> RatioNoise:
    """Return the noise of a plan's service where none was measured."""
    is_embedded = plan.targets is not None and plan.targets.kind == "embedded"
    return EMBEDDED if is_embedded else TYPICAL
