"""verdict.json: the same verdict always gives the same bytes."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from harness.judge.verdict import SCHEMA, Verdict
from harness.record.strict_json import parse_object

SIGNIFICANT_DIGITS: Final = 6
"""Floats are rounded to this, so that the last bits of a sum never show."""


class VerdictError(ValueError):
    """A text is not a verdict; the message says what is wrong with it."""


def to_json(verdict: Verdict) -> str:
    """Write a verdict: sorted keys, floats to 6 significant digits, infinities as null, a last newline."""
    return (
        json.dumps(_plain(asdict(verdict)), sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)
        + "\n"
    )


def from_json(text: str) -> Verdict:
    """Read a verdict of this or the former schema; VerdictError says what is wrong with the text."""
    try:
        document = parse_object(text.encode())
    except ValueError as error:
        raise VerdictError(f"the verdict cannot be read ({error}); judge the run again") from None
    schema = document.get("schema")
    if schema == 1:
        from harness.judge.schema_1 import from_schema_1

        document = from_schema_1(document)
    elif schema != SCHEMA:
        raise VerdictError(f"the verdict has schema {schema!r}, this version reads schemas 1 and {SCHEMA}")
    try:
        return _VERDICT.validate_python(document)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the top"
        raise VerdictError(f"the verdict is not valid at {where}: {first['msg']}") from None


_VERDICT: Final = TypeAdapter(Verdict)


def _plain(value: Any) -> Any:  # JSON is any value
    match value:
        case float():
            return float(f"{value:.{SIGNIFICANT_DIGITS}g}") if math.isfinite(value) else None
        case Mapping():
            return {str(key): _plain(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_plain(inner) for inner in value]
        case _:
            return value
