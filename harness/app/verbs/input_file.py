"""Files a user names on the command line."""

from __future__ import annotations

from pathlib import Path

_MAX_BYTES = 1 << 24


class InputError(Exception):
    """A file that cannot be used; the text names it and says why."""


def read_input(path: Path) -> str:
    """Return the text of a file of at most 16 MiB; raises InputError."""
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    if len(data) > _MAX_BYTES:
        raise InputError(f"{path}: has more than {_MAX_BYTES} bytes")
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise InputError(f"{path}: is not UTF-8 text") from None
