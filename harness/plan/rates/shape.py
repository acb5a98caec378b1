"""An arrival rate as a plan states it: one number, or pieces that follow each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Annotated, Any, ClassVar

from pydantic import Discriminator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, Tag, ValidationInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from harness.plan.criteria.quantity import RATE, TIME, text_of
from harness.plan.rates.rate_curve import Segment, exact_per_s, exact_s
from harness.plan.yaml.kinds import MAX_RATE, MIN_RATE, Duration, DurationOrZero, Quantity, RateOrZero
from harness.plan.yaml.part import Part

MAX_PIECES = 100


class Climb(Part):
    """The rate changes evenly; at once where it takes no time."""

    kind: ClassVar[str] = "climb"
    to_per_s: RateOrZero = Field(description="the rate at the end of this piece", examples=["2000/s"])
    over_s: DurationOrZero = Field(
        description="how long the rate takes to get there from the one before; `0s`: it jumps",
        examples=["5m"],
    )

    @property
    def lasts_s(self) -> float:
        """How long it takes."""
        return self.over_s

    @property
    def last_per_s(self) -> float:
        """The rate at its end."""
        return self.to_per_s

    def scaled(self, time_scale: float) -> Climb:
        """Return the same in less time."""
        return Climb(to_per_s=self.to_per_s, over_s=self.over_s / time_scale)

    def segment(self, before_per_s: Fraction) -> Segment:
        """Return it as part of a curve."""
        return Segment(exact_s(self.over_s), before_per_s, exact_per_s(self.to_per_s))

    @property
    def text(self) -> str:
        """The piece in words."""
        return f"to {text_of(self.to_per_s, RATE)} over {text_of(self.over_s, TIME)}"


class Hold(Part):
    """The rate is the same all along."""

    kind: ClassVar[str] = "hold"
    at_per_s: RateOrZero = Field(description="the rate of this piece", examples=["4000/s"])
    for_s: Duration = Field(description="how long it stays", examples=["30s"])

    @property
    def lasts_s(self) -> float:
        """How long it takes."""
        return self.for_s

    @property
    def last_per_s(self) -> float:
        """The rate at its end."""
        return self.at_per_s

    def scaled(self, time_scale: float) -> Hold:
        """Return the same in less time."""
        return Hold(at_per_s=self.at_per_s, for_s=self.for_s / time_scale)

    def segment(self, _before_per_s: Fraction) -> Segment:
        """Return it as part of a curve."""
        return Segment(exact_s(self.for_s), *[exact_per_s(self.at_per_s)] * 2)

    @property
    def text(self) -> str:
        """The piece in words."""
        return f"{text_of(self.at_per_s, RATE)} for {text_of(self.for_s, TIME)}"


def _kind(value: Any) -> str | None:
    if isinstance(value, Climb | Hold):
        return value.kind
    if not isinstance(value, Mapping):
        return None
    return (
        Climb.kind if value.keys() & {"to", "over"} else Hold.kind if value.keys() & {"at", "for"} else None
    )


Piece = Annotated[
    Annotated[Climb, Tag(Climb.kind)] | Annotated[Hold, Tag(Hold.kind)],
    Discriminator(
        _kind,
        custom_error_type="plan",
        custom_error_message="arrival_rate: a piece is `{to: 2000/s, over: 5m}` or `{at: 2000/s, for: 5m}`",
    ),
]
Shape = tuple[Climb | Hold, ...]
_Pieces = Annotated[tuple[Piece, ...], Field(min_length=1, max_length=MAX_PIECES)]


class RateOrShape:
    """Annotates an arrival rate: a quantity, or a list of pieces."""

    _rate = Quantity(RATE, MIN_RATE, MAX_RATE)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        pieces = handler.generate_schema(_Pieces)
        writer = core_schema.wrap_serializer_function_ser_schema(self._write, schema=pieces)
        return core_schema.with_info_wrap_validator_function(self._read, pieces, serialization=writer)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"anyOf": [self._rate.__get_pydantic_json_schema__(schema, handler), handler(schema)]}

    def _read(self, value: Any, read_pieces: Any, info: ValidationInfo) -> float | Shape:
        if isinstance(value, list | tuple):
            pieces: Shape = read_pieces(value)
            return pieces
        return self._rate.read(value, info)

    def _write(self, value: float | Shape, write_pieces: Any) -> Any:
        return write_pieces(value) if isinstance(value, tuple) else self._rate.write(value)


RateField = Annotated[float | Shape, RateOrShape()]


def last_per_s(rate: float | Shape) -> float:
    """Return the rate that is reached in the end."""
    return rate[-1].last_per_s if isinstance(rate, tuple) else rate


def lasts_s(shape: Shape) -> float:
    """Return how long all pieces take."""
    return sum(piece.lasts_s for piece in shape)


def segments_of(rate: float | Shape, before_per_s: Fraction, duration_s: float) -> Iterator[Segment]:
    """Yield the segments of a stage that lasts this long; the last rate stays until its end."""
    left_s = exact_s(duration_s)
    for piece in rate if isinstance(rate, tuple) else ():
        lasts, from_per_s, to_per_s = piece.segment(before_per_s)
        before_per_s = to_per_s
        # The times of a rehearsal are quotients: the sum of the pieces may be longer by their rounding.
        if lasts := min(lasts, left_s):
            left_s -= lasts
            yield Segment(lasts, from_per_s, to_per_s)
    if left_s:
        yield Segment(left_s, *[exact_per_s(last_per_s(rate))] * 2)
