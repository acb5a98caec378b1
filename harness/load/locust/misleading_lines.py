"""Lines of Locust's own log that say something else than what the gate does."""

from __future__ import annotations

import logging
from typing import Final

# A user is a request that may be under way: waiting ones cost nothing, so all spawn at once. And the plan
# says when the run ends.
_MISLEADING: Final = {
    "locust.runners": ("spawn rate is very high", "Ramping to ", "All users spawned: "),
    "locust.main": ("No run time limit set",),
}


def leave_out_misleading_lines() -> None:
    """Leave them out from now on."""
    for name in _MISLEADING:
        logging.getLogger(name).addFilter(_is_right)


def _is_right(record: logging.LogRecord) -> bool:
    return not any(words in str(record.msg) for words in _MISLEADING[record.name])
