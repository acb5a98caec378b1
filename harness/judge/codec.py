"""verdict.json: the same verdict always gives the same bytes."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
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
    """Write a verdict: sorted keys, floats to 6 significant digits, infinities as null, a last newline.

    Findings whose `observed` is that of requests never answered are marked so; JSON has no infinity.
    """
    document = asdict(verdict)
    for finding in _findings(document):
        if finding["observed"] == math.inf:
            finding[_NEVER_ANSWERED] = True
    text = json.dumps(_plain(document), sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)
    return f"{text}\n"


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
    for finding in _findings(document):
        if finding.pop(_NEVER_ANSWERED, False) is True:
            finding["observed"] = math.inf
    try:
        return _VERDICT.validate_python(document)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the top"
        raise VerdictError(f"the verdict is not valid at {where}: {first['msg']}") from None


_VERDICT: Final = TypeAdapter(Verdict)
_NEVER_ANSWERED: Final = "never_answered"


def _findings(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Find what has the shape of findings, in a document of any shape."""
    for stage in _list(document.get("stages")):
        if isinstance(stage, dict):
            yield from (each for each in _list(stage.get("findings")) if isinstance(each, dict))


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else ()


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
