"""JSON as the standard has it: UTF-8, no NaN, no infinity, and no number that fits no counter."""

from __future__ import annotations

import json
import math
from typing import Any, Final, NoReturn

_MAX_WHOLE_DIGITS: Final = 18


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
    raise ValueError(f"not JSON: {constant} is not a number")


def _finite(text: str) -> float:
    value = float(text)
    return value if math.isfinite(value) else _refuse(text[:40])


def _whole(text: str) -> int:
    # Longer ones fit no float and no counter, and would fail later, where nobody expects it.
    return int(text) if len(text.lstrip("-")) <= _MAX_WHOLE_DIGITS else _refuse(text[:40])
