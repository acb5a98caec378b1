"""A port that this process cannot listen on, mostly because another one does."""

from __future__ import annotations

import os


def cannot_listen(where: str, error: OSError, option: str) -> str:
    """Say why nobody can listen somewhere, and which option names another port."""
    # gevent adds the address to the error's own text.
    reason = os.strerror(error.errno).lower() if error.errno else str(error)
    return f"cannot listen on {where}: {reason}; choose another port with {option}"
