"""Values of `locust.conf` in the working directory."""

from __future__ import annotations

from pathlib import Path
from typing import Final

LOCUST_CONF: Final = Path("locust.conf")


def value_of(key: str) -> str | None:
    """Return the value of a key; None without the file, the key or a value."""
    try:
        lines = LOCUST_CONF.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    for line in lines:
        name, found, value = line.partition("=")
        if found and name.strip().lstrip("-") == key:
            return value.strip().strip("\"'") or None
    return None
