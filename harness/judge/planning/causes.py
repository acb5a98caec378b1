"""Why a stage as planned cannot decide a criterion, or a trigger never fires: one type for each cause.

Each holds its figures, and says in words why that is so and what to write instead. Where more time helps,
`needed_s` is the length in seconds that is enough: of the criterion's own window (`window_s`) if it has one,
else of the stage with its warm-up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from harness.judge.planning.mismatches import BlocksBeat, DisturbanceTooLong, TooFewUsers
from harness.judge.windows.block import MIN_REQUESTS
from harness.judge.words import PER_SECOND, counted, duration
from harness.plan.criteria.quantity import TIME, rounded_text_of, text_of


@dataclass(frozen=True)
class NoBaseline:
    """The canary takes all traffic, so there is nothing to compare it with."""

    why = "at weight 100% there is no baseline to compare with"
    remedy = "write a weight below 100%, or a limit of its own such as `p95 < 150ms`"


@dataclass(frozen=True)
class NoCanary:
    """The canary gets no requests."""

    why = "at weight 0% the canary gets no requests"
    remedy = "write a weight above 0%"


@dataclass(frozen=True)
class NothingMeasured:
    """The warm-up, or a rate that changes, takes the whole stage."""

    warmup_s: float
    lasts_s: float
    is_level: bool = True

    @property
    def remedy(self) -> str:
        """What to do."""
        longer = "a longer `duration`, in which the last rate stays"
        return "write a shorter `warmup` or a longer `duration`" if self.is_level else f"write {longer}"

    @property
    def why(self) -> str:
        """The cause as a clause."""
        if not self.is_level:
            return "only what comes after the warm-up while no rate changes is judged, and nothing does"
        return f"the warm-up of {duration(self.warmup_s)} leaves nothing of {duration(self.lasts_s)} to judge"


@dataclass(frozen=True)
class WindowTooLong:
    """It must hold for longer than there is time: in the stage, in the longest stage, in the whole run."""

    window_s: float
    lasts_s: float
    within: Literal["stage", "longest stage", "run"]

    @property
    def why(self) -> str:
        """The cause as a clause."""
        window, lasts = duration(self.window_s), duration(self.lasts_s)
        return f"it must hold for {window}, and the {self.within} lasts {lasts}"

    @property
    def remedy(self) -> str:
        """What to write."""
        return f"write `for {rounded_text_of(self.lasts_s, TIME)}` or less, or a longer `duration`"


@dataclass(frozen=True)
class Blocks:
    """So many blocks are needed."""

    needed: int
    planned: int
    block_s: float
    needed_s: float
    window_s: float | None

    @property
    def why(self) -> str:
        """The cause as a clause."""
        blocks = f"{counted(self.needed, 'block')} of {duration(self.block_s)}"
        return f"it needs {blocks}, and {_holder(self.window_s)} has {self.planned}"

    @property
    def remedy(self) -> str:
        """What to write."""
        return _longer(self.needed_s, self.window_s)


@dataclass(frozen=True)
class MergedBlocks:
    """So many blocks are needed in which the canary has enough requests; thinner blocks are merged."""

    needed: int
    planned: int
    canary_requests: float
    """Of the canary in one block before merging."""
    needed_s: float
    window_s: float | None

    @property
    def why(self) -> str:
        """The cause as a clause."""
        blocks = f"{counted(self.needed, 'block')} of at least {MIN_REQUESTS} canary requests"
        each = f", merged from blocks of about {self.canary_requests:,.3g}" if self._is_thin else ""
        return f"it needs {blocks}, and {_holder(self.window_s)} has {self.planned}{each}"

    @property
    def remedy(self) -> str:
        """What to write."""
        rate = ", or a higher `arrival_rate`" if self._is_thin else ""
        return f"{_longer(self.needed_s, self.window_s)}{rate}"

    @property
    def _is_thin(self) -> bool:
        return self.canary_requests < MIN_REQUESTS


@dataclass(frozen=True)
class Requests:
    """So many requests of the canary are needed, even if all of them are good."""

    needed: int
    planned: int
    needed_s: float
    window_s: float | None

    @property
    def why(self) -> str:
        """The cause as a clause."""
        has = f"{_holder(self.window_s)} has {self.planned:,}"
        return f"even if all are good it needs {self.needed:,} canary requests, and {has}"

    @property
    def remedy(self) -> str:
        """What to write."""
        return f"{_longer(self.needed_s, self.window_s)}, or a higher `arrival_rate`"


@dataclass(frozen=True)
class Unprovable:
    """No number of good requests proves an error rate of 0 %, or one no higher than the baseline's."""

    relative: bool

    @property
    def why(self) -> str:
        """The cause as a clause."""
        rate = "no higher than the baseline's" if self.relative else "of 0%"
        return f"no number of good requests proves an error rate {rate}"

    @property
    def remedy(self) -> str:
        """What to write."""
        margin = "write an `error_margin` above 0% under `judge`"
        return margin if self.relative else "write a limit above 0%, such as `error rate < 0.1%`"


@dataclass(frozen=True)
class OutOfReach:
    """The plan doesn't offer as many requests as the limit on throughput asks for."""

    offered_per_s: float

    @property
    def why(self) -> str:
        """The cause as a clause."""
        return f"the plan offers only {PER_SECOND.spoken(self.offered_per_s)}"

    @property
    def remedy(self) -> str:
        """What to write."""
        return f"write a limit below {PER_SECOND.spoken(self.offered_per_s)}, or a higher `arrival_rate`"


@dataclass(frozen=True)
class NotProbed:
    """Nobody asks the service about it; `settings` are the keys of the plan that would."""

    settings: tuple[str, ...]

    why = "nothing probes it"

    @property
    def remedy(self) -> str:
        """What to write."""
        return f"configure {' or '.join(f'`{setting}`' for setting in self.settings)}"


@dataclass(frozen=True)
class NeverBeyond:
    """No value is on the far side of the limit of a trigger: no error rate is above 100 %."""

    why = "no error rate is above 100%"
    remedy = "write a limit below 100%"


@dataclass(frozen=True)
class TooNoisy:
    """An unchanged canary differs by chance more than the limit allows for in so short a time."""

    needed_s: float

    @property
    def why(self) -> str:
        """The cause as a clause."""
        if math.isinf(self.needed_s):
            return "an unchanged canary passes only by chance, however long the stage is"
        return f"an unchanged canary needs about {duration(_rounded_up(self.needed_s))}"

    @property
    def remedy(self) -> str:
        """What to write."""
        if math.isinf(self.needed_s):
            return "allow a change, such as `baseline + 10%`"
        return f"write `duration: {text_of(_rounded_up(self.needed_s), TIME)}`, or allow a larger change"


Cause = (
    NoBaseline
    | NoCanary
    | NothingMeasured
    | WindowTooLong
    | Blocks
    | MergedBlocks
    | Requests
    | Unprovable
    | OutOfReach
    | NotProbed
    | NeverBeyond
    | TooNoisy
    | TooFewUsers
    | DisturbanceTooLong
    | BlocksBeat
)


def is_met(cause: Cause) -> bool:
    """Whether the plan provides what is needed, so that this is no cause after all."""
    return isinstance(cause, Blocks | MergedBlocks | Requests) and cause.planned >= cause.needed


def needed_s_of(cause: Cause) -> float:
    """Return the length that would be enough, in seconds; infinite when no length is."""
    return cause.needed_s if isinstance(cause, Blocks | MergedBlocks | Requests | TooNoisy) else math.inf


def reason_of(cause: Cause) -> str:
    """Write a cause as a sentence."""
    return f"{cause.why[0].upper()}{cause.why[1:]}."


def _holder(window_s: float | None) -> str:
    """Write what has too few: the stage, or the window at its end."""
    return "the stage" if window_s is None else f"its window of {duration(window_s)}"


def _longer(needed_s: float, window_s: float | None) -> str:
    length = text_of(_rounded_up(needed_s), TIME)
    return f"write `{'duration:' if window_s is None else 'for'} {length}` or more"


def _rounded_up(seconds: float) -> int:
    """Round a length up to whole seconds, a longer one to whole minutes."""
    return 60 * math.ceil(seconds / 60) if seconds > 60 else math.ceil(seconds)
