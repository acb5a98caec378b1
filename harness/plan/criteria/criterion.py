"""The criterion language: `MEASURE OP LIMIT [for DURATION]`, and the criteria that have a name."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from harness.plan.criteria.change import Difference, Ratio, parse_change
from harness.plan.criteria.compare import Absolute, Limit, Op, limit_beside
from harness.plan.criteria.measure import Measure, MeasureError, MeasureKind, measure_named
from harness.plan.criteria.quantity import (
    RATE,
    SHARE,
    SIZE,
    TIME,
    Dimension,
    LanguageError,
    QuantityError,
    parse,
    shown,
    text_of,
)


class CriterionError(LanguageError):
    """A criterion that cannot be read."""


class Named(StrEnum):
    """The criteria that have a name; docs/reference/criteria.md describes what each one checks."""

    NO_CRITICAL_ALERTS = "no critical alerts"
    HEALTH_CHECKS_PASSING = "health checks passing"
    SYSTEM_STABLE = "system stable"
    NO_PERFORMANCE_DEGRADATION = "no performance degradation"
    STABLE = "stable"
    SERVICE_DOWN = "service down"


@dataclass(frozen=True)
class Criterion:
    """A comparison of one number with a limit: what must hold or, as a trigger or level, must not happen."""

    text: str
    measure: Measure
    op: Op
    limit: Limit
    for_s: float | None = None

    @property
    def is_relative(self) -> bool:
        """Whether the limit is the baseline's own value, changed or not."""
        return isinstance(self.limit, Ratio | Difference)

    def holds(self, value: float, baseline: float | None = None) -> bool:
        """Compare a value with the limit, which may need the baseline's value; False without it."""
        limit = limit_beside(self.limit, baseline)
        return limit is not None and self.op.holds(value, limit)


@dataclass(frozen=True)
class NamedCriterion:
    """A criterion known by its name."""

    text: str
    name: Named
    for_s: float | None = None

    @property
    def is_relative(self) -> bool:
        """Whether it compares the canary with the baseline."""
        return self.name is Named.NO_PERFORMANCE_DEGRADATION


AnyCriterion = Criterion | NamedCriterion
Trigger = Criterion | NamedCriterion

MAX_S = 366 * 86400.0
_WITH_WINDOW = re.compile(r"(?P<body>.*?)(?:\s+for\s+(?P<time>\S+))?", re.IGNORECASE)
_COMPARED = re.compile(r"(?P<measure>[^<>=]*)(?P<op><=|>=|<|>)(?P<limit>[^<>=]*)")
_RELATIVE = re.compile(r"baseline\s*(?P<change>[+-].*)?", re.IGNORECASE)
_TIMED = (Named.STABLE, Named.SERVICE_DOWN)
_MAX_TEXT = 200


def parse_criterion(text: str, queries: Iterable[str] = ()) -> AnyCriterion:
    """Read one criterion; `queries` names the Prometheus queries it may use. Raises CriterionError."""
    words = " ".join(text.split())
    if not words or len(words) > _MAX_TEXT:
        raise CriterionError(f"{shown(words)} is not a criterion", "write for example `p95 < 150ms`")
    split = _WITH_WINDOW.fullmatch(words)
    assert split is not None  # the pattern matches every line
    for_s = None if split["time"] is None else _window(split["time"], words)
    compared = _COMPARED.fullmatch(split["body"])
    if compared is None:
        return _named(split["body"], for_s)
    try:
        measure = measure_named(compared["measure"], queries)
        limit = _limit(compared["limit"].strip(), measure)
    except (MeasureError, QuantityError) as error:
        raise CriterionError(f"in {shown(words)}: {error.what}", error.suggestion) from None
    body = f"{measure.name} {compared['op']} {compared['limit'].strip()}"
    return Criterion(_with_window(body, for_s), measure, Op(compared["op"]), limit, for_s)


def scaled(criterion: AnyCriterion, time_scale: float) -> AnyCriterion:
    """Return the same criterion with its window divided by `time_scale`, and a text that says so."""
    if criterion.for_s is None:
        return criterion
    # Twelve digits: the text shows no tail of nines.
    for_s = float(f"{criterion.for_s / time_scale:.12g}")
    body = criterion.text.rpartition(" for ")[0]
    return replace(criterion, text=_with_window(body, for_s), for_s=for_s)


def _with_window(body: str, for_s: float | None) -> str:
    return body if for_s is None else f"{body} for {text_of(for_s, TIME)}"


def _window(text: str, words: str) -> float:
    try:
        for_s = parse(text, TIME)
    except QuantityError as error:
        raise CriterionError(f"in {shown(words)}: {error.what}", "write for example `for 5m`") from None
    if not 0 < for_s <= MAX_S:
        raise CriterionError(
            f"in {shown(words)}: the window {shown(text)} is out of range", "write for example `for 5m`"
        )
    return for_s


def _limit(text: str, measure: Measure) -> Limit:
    relative = _RELATIVE.fullmatch(text)
    if relative is None:
        limit = Absolute(_absolute(text, measure.dimension))
        if measure.kind is MeasureKind.ERROR_RATE and limit.value > 1:
            raise QuantityError(f"{shown(text)} is more than all requests", "write a share from 0% to 100%")
        return limit
    if measure.dimension is None or not measure.has_baseline:
        raise QuantityError(
            f"{measure.name} is one number for both variants and has no baseline", "write a quantity"
        )
    if measure.kind is MeasureKind.MAX:
        raise QuantityError("one slowest request says nothing about a difference", "compare p99.9")
    if relative["change"] is None:
        return Difference(0.0) if measure.dimension is SHARE else Ratio(0.0)
    return parse_change(relative["change"], measure.dimension)


def _absolute(text: str, dimension: Dimension | None) -> float:
    if dimension is not None:
        return parse(text, dimension)
    if re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,9})?", text):
        return float(text)
    for candidate in (TIME, SIZE, RATE, SHARE):
        if text.endswith(tuple(candidate.units)):
            return parse(text, candidate)
    raise QuantityError(
        f"{shown(text)} is not a quantity", "write a number, or one with a unit such as 150ms or 2GB"
    )


def _named(body: str, for_s: float | None) -> NamedCriterion:
    words = body.lower()
    try:
        name = Named(words)
    except ValueError:
        close = difflib.get_close_matches(words, [str(name) for name in Named], n=1)
        suggestion = (
            f"did you mean `{close[0]}`?" if close else "write MEASURE < LIMIT, for example `p95 < 150ms`"
        )
        raise CriterionError(f"{shown(body)} is not a criterion", suggestion) from None
    if (name in _TIMED) != (for_s is not None):
        example = f"`{name} for 5m`" if name in _TIMED else f"`{name}`"
        raise CriterionError(
            f"{shown(body)} {'needs a' if name in _TIMED else 'takes no'} duration", f"write {example}"
        )
    return NamedCriterion(_with_window(str(name), for_s), name, for_s)
