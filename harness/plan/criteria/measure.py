"""What a criterion measures: the names of the measures, their dimensions, and which direction is better."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from harness.plan.criteria.quantity import RATE, SHARE, SIZE, TIME, Dimension, LanguageError, shown


class MeasureKind(StrEnum):
    """How a measure is computed."""

    ERROR_RATE = "error rate"
    THROUGHPUT = "throughput"
    MEAN = "mean"
    MAX = "max"
    QUANTILE = "quantile"
    CPU = "cpu"
    MEMORY = "memory"
    QUERY = "query"


class Clock(StrEnum):
    """What the time of a request is counted between."""

    RESPONSE = "response"
    """From due to the last byte."""
    SERVICE = "service"
    """From the send to the last byte."""
    TTFB = "ttfb"
    """From the send to the first byte."""


class MeasureError(LanguageError):
    """The name of no known measure."""


@dataclass(frozen=True)
class Measure:
    """One measurable number, e.g. `p99.9`, `service p95`, `error rate` or the name of a Prometheus query."""

    name: str
    kind: MeasureKind
    quantile: float | None = None
    clock: Clock = Clock.RESPONSE

    @property
    def dimension(self) -> Dimension | None:
        """The dimension its limits are written in; None for a query, which may be anything."""
        match self.kind:
            case MeasureKind.ERROR_RATE | MeasureKind.CPU:
                return SHARE
            case MeasureKind.THROUGHPUT:
                return RATE
            case MeasureKind.MEAN | MeasureKind.MAX | MeasureKind.QUANTILE:
                return TIME
            case MeasureKind.MEMORY:
                return SIZE
            case MeasureKind.QUERY:
                return None

    @property
    def is_latency(self) -> bool:
        """Whether it is computed from the times of successful requests."""
        return self.kind in (MeasureKind.MEAN, MeasureKind.MAX, MeasureKind.QUANTILE)

    @property
    def is_of_requests(self) -> bool:
        """Whether it is computed from the requests sent, so that each endpoint has its own value."""
        return self.is_latency or self.kind in (MeasureKind.ERROR_RATE, MeasureKind.THROUGHPUT)

    @property
    def has_baseline(self) -> bool:
        """Whether both variants have their own value, so that the canary's can be compared."""
        return self.kind not in (MeasureKind.THROUGHPUT, MeasureKind.QUERY)

    @property
    def better(self) -> Literal["lower", "higher"] | None:
        """Whether low or high values are good; None for a query."""
        if self.kind is MeasureKind.QUERY:
            return None
        return "higher" if self.kind is MeasureKind.THROUGHPUT else "lower"


_PLAIN = {kind.value: kind for kind in MeasureKind if kind not in (MeasureKind.QUANTILE, MeasureKind.QUERY)}
_LATENCY = re.compile(
    rf"(?:(?P<clock>{'|'.join(Clock)}) )?"
    r"(?:(?P<plain>mean|max)|p(?P<percent>[0-9]{1,2}(?:\.[0-9]{1,4})?))"
)
_SUGGESTED = (*_PLAIN, "p50", "p90", "p95", "p99", "p99.9", "service p95", "service p99", "ttfb p95")


def measure_named(name: str, queries: Iterable[str] = ()) -> Measure:
    """Return the measure of this name; raises MeasureError with a suggestion."""
    name = " ".join(name.split())
    words = name.lower()
    # `p95 ttfb` reads as well as `ttfb p95`.
    latency = _LATENCY.fullmatch(words) or _LATENCY.fullmatch(" ".join(reversed(words.split())))
    if latency:
        return _latency_measure(latency)
    if words in _PLAIN:
        return Measure(words, _PLAIN[words])
    if name in queries:
        return Measure(name, MeasureKind.QUERY)
    raise MeasureError(f"unknown measure {shown(name)}", _suggestion(words, queries))


def _latency_measure(match: re.Match[str]) -> Measure:
    clock = Clock(match["clock"] or Clock.RESPONSE)
    prefix = "" if clock is Clock.RESPONSE else f"{clock} "
    if match["plain"]:
        return Measure(prefix + match["plain"], MeasureKind(match["plain"]), None, clock)
    percent = Decimal(match["percent"])
    if percent == 0:
        raise MeasureError("`p0` is not a percentile", "write p50 … p99.9")
    shortest = f"{percent.normalize():f}"
    return Measure(f"{prefix}p{shortest}", MeasureKind.QUANTILE, float(percent / 100), clock)


def _suggestion(words: str, queries: Iterable[str]) -> str:
    known = [*_SUGGESTED, *queries]
    within = [word for word in words.split() if _LATENCY.fullmatch(word)]
    close = within or difflib.get_close_matches(words, known, n=1)
    if close:
        return f"did you mean `{close[0]}`?"
    plain = ", ".join(_PLAIN)
    return f"write one of {plain}, p50 … p99.9, service p95, ttfb p95, or the name of a query under `probes`"
