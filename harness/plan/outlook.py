"""What a stage will send, and how much of it the judge can use."""

import math
from dataclasses import dataclass

from harness.plan.stage import Stage

MIN_REQUESTS = 200
"""A block with fewer canary requests is merged with the next before the variants are compared."""
MIN_BLOCKS = 6
"""With fewer blocks no criterion of requests can pass."""
WRONG_PASS = 0.05
"""How often one criterion may pass wrongly."""

_ROUNDING = 1e-9


@dataclass(frozen=True)
class Outlook:
    """One stage with the plan's defaults filled in."""

    stage: Stage
    rate_per_s: float
    warmup_s: float
    block_s: float

    @property
    def judged_s(self) -> float:
        """Seconds after the warm-up, which is whole intervals."""
        warmup_s = math.ceil(self.warmup_s / self.stage.interval_s - _ROUNDING) * self.stage.interval_s
        return max(self.stage.duration_s - warmup_s, 0.0)

    def canary_requests_judged(self, last_s: float | None = None) -> int:
        """Return the canary arrivals after the warm-up, or in the last seconds of it."""
        return self._canary(self.judged_s if last_s is None else min(last_s, self.judged_s))

    @property
    def canary_per_block(self) -> int:
        """Canary arrivals of one block."""
        return self._canary(self.block_s)

    @property
    def blocks(self) -> int:
        """Blocks after the warm-up."""
        return math.floor(self.judged_s / self.block_s + _ROUNDING)

    @property
    def compared_blocks(self) -> int:
        """Blocks left when those with too few canary requests were merged; 0 where there is one variant."""
        if not self.canary_per_block or self.stage.is_alone:
            return 0
        return self.blocks // math.ceil(MIN_REQUESTS / self.canary_per_block)

    def _canary(self, seconds: float) -> int:
        return math.floor(self.rate_per_s * seconds * self.stage.weight + _ROUNDING)


def fewest_requests(error_rate: float) -> float:
    """Return how many requests without one error show an error rate below this.

    With n requests and no error the exact upper bound u satisfies (1 - u)^n = WRONG_PASS
    (Clopper and Pearson, "The use of confidence or fiducial limits", 1934).
    """
    if error_rate >= 1:
        return 1
    return math.ceil(math.log(WRONG_PASS) / math.log1p(-error_rate)) if error_rate > 0 else math.inf
