"""A token that lies in a file, and is read again for every request: whoever renews it writes a new file."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_MAX_CHARACTERS: Final = 8000


def authorization_of(file: str) -> str:
    """Return the value of the header; raises ValueError for a file that does not hold one token."""
    try:
        with Path(file).open(encoding="ascii") as opened:
            token = opened.read(_MAX_CHARACTERS).strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not ASCII"
        raise ValueError(f"bearer_file {file} cannot be read: {reason}") from None
    if not token.isprintable() or not token or " " in token:
        raise ValueError(f"bearer_file {file} does not hold one token")
    return f"Bearer {token}"
