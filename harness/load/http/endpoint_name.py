"""The endpoint that a request without a name is counted under."""

from __future__ import annotations

import re
from typing import Final

_IDS: Final = re.compile(
    r"(?<=/)(?:\d+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?=[a-z]*\d)[0-9a-f]{12,})(?=/|$)",
    re.IGNORECASE,
)


def with_ids_folded(url: str) -> str:
    """Return a path with `[id]` for each number, UUID or long hexadecimal in it, and without its query."""
    return _IDS.sub("[id]", url.partition("?")[0])
