"""Faults as people give them: words of the command line, or the body of a request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from harness.plan.faults import Faults


def fault_arguments(body: bytes) -> tuple[str, ...]:
    """Turn a JSON object such as `{"latency": "+25%"}` into arguments; raises ValueError."""
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"the body is not JSON: {error}") from None
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise ValueError('write an object of strings, such as {"latency": "+25%", "errors": "1%"}')
    return tuple(f"{name}={value}" for name, value in given.items())


def faults_of(arguments: Sequence[str]) -> Faults | None:
    """Return the faults of arguments such as `latency=+25%`, None without any; raises FaultError."""
    if not arguments:
        return None
    # The language of plans takes longer to load than all else here, and most variants have no fault.
    from harness.plan.faults import Faults

    return Faults.parse(*arguments)
