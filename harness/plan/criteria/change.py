"""A signed change relative to another value: `+25%` (in proportion) or `+5ms` (by an amount)."""

from dataclasses import dataclass

from harness.plan.criteria.quantity import SHARE, Dimension, QuantityError, parse, shown, text_of


@dataclass(frozen=True)
class Ratio:
    """In proportion: 0.25 is a quarter more, -0.1 a tenth less."""

    ratio: float


@dataclass(frozen=True)
class Difference:
    """By an amount in the base unit of what is changed (for a share: percentage points as a share of 1)."""

    difference: float


Change = Ratio | Difference


def parse_change(text: str, dimension: Dimension) -> Change:
    """Read `+25%` or `+5ms`; a percentage of a measure that is itself a share means percentage points.

    Raises QuantityError.
    """
    bare = text.strip()
    if bare[:1] not in ("+", "-"):
        raise QuantityError(f"{shown(text)} has no sign", f"write a change such as {_example(dimension)}")
    sign = -1.0 if bare[0] == "-" else 1.0
    amount = bare[1:].strip()
    if amount.endswith("%") and dimension is not SHARE:
        return Ratio(sign * parse(amount, SHARE))
    if amount.endswith(tuple(dimension.units)) or dimension is SHARE:
        return Difference(sign * parse(amount, dimension))
    raise QuantityError(f"{shown(text)} is not a change of {dimension.name}", f"write {_example(dimension)}")


def change_text(change: Change, dimension: Dimension) -> str:
    """Return the text that parses back to exactly this change."""
    match change:
        case Ratio(value):
            unit = SHARE
        case Difference(value):
            unit = dimension
    return f"{'-' if value < 0 else '+'}{text_of(abs(value), unit)}"


def _example(dimension: Dimension) -> str:
    return f"+{dimension.examples[-1]}" if dimension is SHARE else f"+25% or +{dimension.examples[-1]}"
