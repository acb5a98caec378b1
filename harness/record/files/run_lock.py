"""Whether a run still goes on: its process holds a lock on `run.lock` as long as it lives."""

from __future__ import annotations

import fcntl
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from harness.record.files.foreign_file import is_missing, open_foreign

_NAME: Final = "run.lock"


def hold(directory: Path) -> BinaryIO | None:
    """Take the lock of a run; it is held until the file is closed. None where files cannot be locked."""
    path = directory / _NAME
    try:
        path.touch()
        held = path.open("rb")
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return None
    return held


def is_held(directory: Path) -> bool:
    """Whether the process of a run lives, as far as this machine can tell."""
    # `latest` is a link to a run.
    path = directory.resolve() / _NAME
    if is_missing(path):
        return False
    with suppress(OSError), open_foreign(path) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
