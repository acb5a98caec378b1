"""Quantities as people write them (`15m`, `2.4GB`, `6800/s`, `5%`), exact in both directions.

A value is a float in its base unit (seconds, bytes, per second, a share of 1). Reading rounds once, to the
nearest float; writing prints the shortest decimal that reads back as the same float.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction

# Room for the digits written times the digits of any factor, so that only `float` rounds.
_EXACT = Context(prec=60)
_WRITTEN = re.compile(
    r"(?P<sign>[+-]?)\s*(?P<number>[0-9]{1,20}(?:\.[0-9]{1,30})?)\s*(?P<unit>[^\s0-9.]\S*)?"
)
_SHOWN_CHARACTERS = 60


class LanguageError(ValueError):
    """A word of a plan that cannot be read: `what` is wrong with it, and a `suggestion` of what to write."""

    def __init__(self, what: str, suggestion: str) -> None:
        super().__init__(f"{what}; {suggestion}")
        self.what = what
        self.suggestion = suggestion


class QuantityError(LanguageError):
    """A quantity that cannot be read."""


@dataclass(frozen=True, eq=False)
class Dimension:
    """What is measured, and the units it is written in, largest first."""

    name: str
    units: Mapping[str, Decimal]
    base: str
    examples: tuple[str, ...]


def _units(**factors: str) -> dict[str, Decimal]:
    return {unit: Decimal(factor) for unit, factor in factors.items()}


TIME = Dimension(
    "a time", _units(h="3600", m="60", s="1", ms="0.001", us="0.000001"), "s", ("90s", "15m", "24h", "150ms")
)
SIZE = Dimension(
    "a size",
    _units(TB="1e12", GiB="1073741824", GB="1e9", MiB="1048576", MB="1e6", KiB="1024", kB="1e3", B="1"),
    "B",
    ("2.4GB", "512MB"),
)
RATE = Dimension("a rate", {"/s": Decimal(1)}, "/s", ("6800/s",))
SHARE = Dimension("a share", {"%": Decimal("0.01")}, "%", ("5%",))
SIZE_RATE = Dimension(
    "a size per second", {f"{unit}/s": factor for unit, factor in SIZE.units.items()}, "B/s", ("1MB/s",)
)


def no_unit(number: object, dimension: Dimension) -> QuantityError:
    """Return the error for a bare number where a unit is needed."""
    return QuantityError(f"{shown(number)} has no unit", f"write {_with_units(str(number), dimension)}")


def shown(value: object) -> str:
    """Return text from outside in a form fit for a message: one line, printable, of bounded length."""
    # As it stands in YAML, not in Python.
    written = json.dumps(value) if value is None or isinstance(value, bool) else str(value)
    text = "".join(char if char.isprintable() else "?" for char in written[: _SHOWN_CHARACTERS + 1])
    return f"`{text[:_SHOWN_CHARACTERS]}…`" if len(text) > _SHOWN_CHARACTERS else f"`{text}`"


def parse(text: str, dimension: Dimension) -> float:
    """Return the value in its base unit; raises QuantityError."""
    return float(parse_exact(text, dimension))


def _with_units(number: str, dimension: Dimension) -> str:
    return " or ".join(number + example.lstrip("0123456789.") for example in dimension.examples)


def parse_exact(text: str, dimension: Dimension) -> Decimal:
    """Return the value in its base unit before any rounding; raises QuantityError."""
    written = _WRITTEN.fullmatch(text.strip())
    examples = " or ".join(dimension.examples)
    if not written or written["sign"]:
        raise QuantityError(f"{shown(text)} is not {dimension.name}", f"write for example {examples}")
    if written["unit"] is None:
        raise no_unit(text.strip(), dimension)
    if written["unit"] not in dimension.units:
        known = ", ".join(dimension.units)
        raise QuantityError(
            f"{shown(text)} is not {dimension.name} (units: {known})", f"write for example {examples}"
        )
    return _EXACT.multiply(Decimal(written["number"]), dimension.units[written["unit"]])


def text_of(value: float, dimension: Dimension) -> str:
    """Return the shortest text that parses back to exactly this value (>= 0, finite)."""
    exact = Decimal(repr(float(value)))
    written = [f"{_plain(count)}{unit}" for unit, count in _counts(exact, dimension)]
    if not written:
        return f"{_plain(exact / dimension.units[dimension.base])}{dimension.base}"
    return min(written, key=lambda text: (len(text), "." in text))


def rounded_text_of(value: float, dimension: Dimension) -> str:
    """Return a text for people, with four significant digits."""
    return text_of(float(f"{value:.4g}"), dimension)


def _counts(exact: Decimal, dimension: Dimension) -> list[tuple[str, Decimal]]:
    """Return how many of each unit make up exactly the value, where that is at least one."""
    counts = [(unit, _EXACT.divide(exact, factor), factor) for unit, factor in dimension.units.items()]
    return [
        (unit, count)
        for unit, count, factor in counts
        if count >= 1 and _EXACT.multiply(count, factor) == exact
    ]


def _plain(count: Decimal) -> str:
    """Write digits without an exponent and without trailing zeros."""
    text = f"{count:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def parse_fraction(text: str) -> Fraction:
    """Return a share as an exact fraction of one; raises QuantityError."""
    return Fraction(parse_exact(text, SHARE))


def fraction_text(share: Fraction) -> str:
    """Return a share whose denominator divides a power of ten, in percent."""
    percent = share * 100
    return f"{_plain(_EXACT.divide(Decimal(percent.numerator), Decimal(percent.denominator)))}%"
