"""The moments of a request, and the clocks that are read off them.

`CLOCKS` is the only place that knows which clock runs between which moments and which series it fills.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from math import nan
from typing import Final, NamedTuple

from harness.plan.criteria.measure import Clock
from harness.record.histograms.tag import Kind

UNKNOWN_S: Final = nan
"""The moment of something that a client cannot tell, or that did not happen."""


class Timings(NamedTuple):
    """The moments of one request, all on the same clock."""

    due_s: float
    """When the schedule planned it; for a further request of the same arrival, when it was sent."""
    sent_s: float
    first_byte_s: float
    """`UNKNOWN_S` where the client does not tell."""
    ended_s: float
    """When the last byte was read, or the request failed."""


timings_of: Callable[[tuple[float, float, float, float]], Timings] = partial(tuple.__new__, Timings)
"""Make a `Timings` of its fields in order; on the hot path, where the class's own constructor is slow."""


@dataclass(frozen=True)
class Span:
    """What a clock measures: between two fields of `Timings`, into the series of one kind."""

    name: str
    kind: Kind
    start: str
    end: str

    def of(self, timings: Timings) -> float:
        """Return what the clock showed of one request, in seconds."""
        moments_s = timings._asdict()
        return float(moments_s[self.end] - moments_s[self.start])


CLOCKS: Final[Mapping[Clock, Span]] = {
    Clock.RESPONSE: Span("response time", Kind.RESPONSE, "due_s", "ended_s"),
    Clock.SERVICE: Span("service time", Kind.SERVICE, "sent_s", "ended_s"),
    Clock.TTFB: Span("time to first byte", Kind.TTFB, "sent_s", "first_byte_s"),
}
FAILED: Final = Span("response time of failures", Kind.FAILED, "due_s", "ended_s")
