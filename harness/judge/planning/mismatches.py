"""Where a plan does not fit the service although each criterion could pass: one type for each cause."""

from __future__ import annotations

from dataclasses import dataclass

from harness.judge.words import MILLISECONDS, duration
from harness.plan.criteria.quantity import TIME, rounded_text_of


@dataclass(frozen=True)
class TooFewUsers:
    """A service that keeps the limit would need more users than the plan has (Little's law)."""

    mean_s: float
    planned: int
    needed: int

    @property
    def why(self) -> str:
        """The cause as a clause."""
        mean = MILLISECONDS.spoken(self.mean_s)
        return f"at the mean response time of {mean} that it grants, {self.planned:,} users are all busy"

    @property
    def remedy(self) -> str:
        """What to write."""
        return f"write `max_in_flight: {self.needed}`, a lower limit or a lower `arrival_rate`"


@dataclass(frozen=True)
class DisturbanceTooLong:
    """Nearly the whole measured time counts as one disturbance, and what one explains fails nothing."""

    disturbance_s: float
    measured_s: float

    @property
    def why(self) -> str:
        """The cause as a clause."""
        lasts, measured = duration(self.disturbance_s), duration(self.measured_s)
        return f"a disturbance may last {lasts}, and {measured} are measured"

    remedy = "write a shorter `judge.disturbance` or a longer `duration`"


@dataclass(frozen=True)
class BlocksBeat:
    """Blocks hold different numbers of a periodic job's pulses."""

    block_s: float
    period_s: float
    better_s: float

    @property
    def why(self) -> str:
        """The cause as a clause."""
        return f"blocks of {duration(self.block_s)} beat with the period of {duration(self.period_s)}"

    @property
    def remedy(self) -> str:
        """What to write."""
        return f"write `block: {rounded_text_of(self.better_s, TIME)}`"
