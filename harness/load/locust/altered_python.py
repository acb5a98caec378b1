"""What a load test, or the way Python was started, has taken from a run.

Clocks and pauses may be replaced, as freezegun does: no run can be measured by them. An optimizing Python
leaves out every `assert`, with which a task calls a response bad: all of them would be good.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

import gevent.hub

_CLOCKS = ("time", "monotonic", "perf_counter")


def what_is_replaced() -> str | None:
    """Return a sentence that names the replaced functions and says what to do, None without any."""
    names = ", ".join(f"`{name}`" for name in _replaced())
    if not names:
        return None
    return (
        f"the load test has replaced {names}, by which a run is measured; do not replace it in this process"
    )


def what_is_left_out() -> str | None:
    """Return a sentence about checks of the load test that this Python does not run, None if it runs all."""
    if not sys.flags.optimize:
        return None
    return (
        "this Python leaves out every `assert`, also those with which the load test checks responses; "
        "unset PYTHONOPTIMIZE, or start it without -O"
    )


def _replaced() -> Iterator[str]:
    # The type of C functions: where they are all of this type, none is a replacement in Python.
    yield from (f"time.{name}" for name in _CLOCKS if not isinstance(getattr(time, name), type(len)))
    if gevent.sleep is not gevent.hub.sleep:
        yield "gevent.sleep"
