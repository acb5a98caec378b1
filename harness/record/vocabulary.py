"""Closed lists of records: a frozen dataclass for each, checked when it is read and when it is written."""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Annotated, Any, Final, Generic, TypeVar

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

_MAX_WHOLE: Final = 10**18
_MAX_NUMBER: Final = 1e100
_MAX_S: Final = 1e9
"""Thirty years: sums and products with times below this stay far from infinity."""
_MAX_QUOTED: Final = 60

Number = Annotated[float, Field(allow_inf_nan=False, ge=-_MAX_NUMBER, le=_MAX_NUMBER)]
Moment = Annotated[float, Field(allow_inf_nan=False, ge=-_MAX_S, le=_MAX_S)]
Length = Annotated[float, Field(allow_inf_nan=False, ge=0, le=_MAX_S)]
Whole = Annotated[int, Field(ge=0, lt=_MAX_WHOLE)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """What every line of a journal has: seconds since t = 0 of the run, and the stage it is about, if any."""

    t_s: Moment
    stage: str | None = None


R = TypeVar("R", bound=Record)


class Vocabulary(Generic[R]):
    """The records a file may hold.

    `union` is the union of their classes, `key` the field that tells them apart: each class has a literal of
    its own as the default. A line may have more fields than its class; they are ignored.
    """

    def __init__(self, key: str, union: object) -> None:
        self.key = key
        self._union = union

    @cached_property
    def _adapter(self) -> TypeAdapter[R]:
        # Made on first use: commands that read no run directory need not wait for it.
        told_apart: Any = Annotated[self._union, Field(discriminator=self.key)]
        return TypeAdapter(told_apart, config=ConfigDict(strict=True))

    def get_ready(self) -> None:
        """Do now what the first record would have to wait for: ten milliseconds and more."""
        _ = self._adapter

    def parse(self, line: bytes) -> R:
        """Read a line; ValueError when it isn't JSON, is of no known kind, or a field is missing or wrong."""
        try:
            return self._adapter.validate_json(line)
        except ValidationError as error:
            raise ValueError(self._problem(error)) from None

    def line_of(self, record: R) -> bytes:
        """Return the line `parse` reads as this record; ValueError when there is none.

        JSON has neither NaN nor infinity, so such a number is written as null, which most fields refuse.
        """
        first = {"t_s": record.t_s, self.key: getattr(record, self.key)}
        known = {key: _finite(value) for key, value in {**first, **_given(record)}.items()}
        text = json.dumps(
            known, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=dataclasses.asdict
        )
        # A text cut out of bytes may hold half a character, which UTF-8 cannot write.
        line = text.encode(errors="replace")
        self.parse(line)
        return line

    def _problem(self, error: ValidationError) -> str:
        first = error.errors(include_url=False, include_input=False)[0]
        if first["loc"]:
            name, *place = map(str, first["loc"])
            return f"{self.key} {name!r}, field {'.'.join(place)!r}: {first['msg']}"
        match first["type"]:
            case "json_invalid":
                return f"not JSON: {first['ctx']['error']}"
            case "union_tag_invalid":
                return f"unknown {self.key} {str(first['ctx']['tag'])[:_MAX_QUOTED]!r}"
            case "union_tag_not_found":
                return f"the field {self.key!r} is missing"
            case _:
                return "not a JSON object"


def _given(record: Record) -> dict[str, Any]:
    """Return a record's fields by name, without the optional ones that have no value."""
    return {
        name: value
        for name, is_optional in _fields_of(type(record))  # type: ignore[arg-type] # a class has a hash
        if (value := getattr(record, name)) is not None or not is_optional
    }


@cache
def _fields_of(kind: type[Record]) -> list[tuple[str, bool]]:
    """Return the names of a class's fields, and whether each is optional.

    Once: Python keeps the memory of up to 2,000 tuples made anew from an iterator, which looks like a leak.
    """
    return [(field.name, field.default is None) for field in dataclasses.fields(kind)]


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
