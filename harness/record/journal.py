"""Append-only files of JSON objects, one a line."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple, NoReturn

from harness.record.lines import Line, Problems, read_lines

_MAX_LINE_BYTES: Final = 1 << 20
_MAX_BYTES: Final = 1 << 28
_MAX_WHOLE_DIGITS: Final = 18

Record = Mapping[str, Any]
RecordCheck = Callable[[Record], None]
"""Raises ValueError saying what is wrong with a record."""


class Journal(NamedTuple):
    """The usable records of a file in order, and a `file:line: what` for every line that is not."""

    records: tuple[Record, ...]
    problems: tuple[str, ...]


def append(path: Path, record: Record, check: RecordCheck) -> None:
    """Write a checked record as one line that no kill of this process can lose any more."""
    # JSON has no NaN and no infinity: an unknown number is written as null.
    known = {key: None if isinstance(v, float) and not math.isfinite(v) else v for key, v in record.items()}
    check(known)
    line = json.dumps(known, allow_nan=False, separators=(",", ":")).encode() + b"\n"
    # Unbuffered: the line is one write, and a kill cannot leave half of it in our hands.
    with path.open("ab", buffering=0) as file:
        file.write(line)


def read(path: Path, check: RecordCheck) -> Journal:
    """Read a file of records; a missing file, a torn end, garbage and failed checks become problems."""
    problems = Problems()
    records: list[Record] = []
    try:
        for line in read_lines(path, _MAX_LINE_BYTES, _MAX_BYTES):
            try:
                records.append(parse_record(line, check))
            except (ValueError, RecursionError) as error:
                problems.add(f"{path.name}:{line.number}: {error}")
    except OSError as error:
        problems.add(f"{path.name}: {error.strerror}")
    return Journal(tuple(records), problems.found())


def parse_record(line: Line, check: RecordCheck) -> Record:
    """Read one line of a journal; raises ValueError."""
    if line.problem:
        raise ValueError(line.problem)
    record = parse_object(line.data)
    check(record)
    return record


def parse_object(data: bytes) -> dict[str, Any]:
    """Parse one strict JSON object (no NaN, UTF-8); ValueError says what is wrong."""
    try:
        text = data.decode()
        value = json.loads(text, parse_constant=_refuse, parse_float=_finite, parse_int=_whole)
    except RecursionError:
        raise ValueError("not JSON: nested too deeply") from None
    except UnicodeDecodeError:
        raise ValueError("not JSON: not UTF-8 text") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error}") from None
    if not isinstance(value, dict):
        raise ValueError(f"not a JSON object but a {type(value).__name__}")
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"not JSON: {constant} is no number")


def _finite(text: str) -> float:
    value = float(text)
    return value if math.isfinite(value) else _refuse(text[:40])


def _whole(text: str) -> int:
    # Longer ones fit no float and no counter, and would fail later, where nobody expects it.
    return int(text) if len(text.lstrip("-")) <= _MAX_WHOLE_DIGITS else _refuse(text[:40])
