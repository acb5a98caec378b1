"""A child process tells its parent which run directory it made, through a pipe of their own.

The newest directory could be another run's, and an exit code could be anybody's: the parent reads the outcome
from the directory that was announced, and from no other.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

ANNOUNCE_TO: Final = "--announce-run-to"
"""The option that gives the child the file descriptor to write to."""
_MAX_PATH_BYTES: Final = 4096


def announce(path: Path, parent: int) -> None:
    """Write the path of a new run directory to the parent, once."""
    os.write(parent, os.fsencode(path))
    os.close(parent)


class Announcement:
    """The parent's side: what the child announced."""

    def __init__(self, read_fd: int, write_fd: int) -> None:
        self._read_fd = read_fd
        self.write_fd = write_fd

    @classmethod
    @contextmanager
    def expected(cls) -> Iterator[Announcement]:
        """Open the pipe; hand `write_fd` to the child."""
        read_fd, write_fd = os.pipe()
        # A process that the child left behind may hold the other end open.
        os.set_blocking(read_fd, False)
        try:
            yield cls(read_fd, write_fd)
        finally:
            os.close(read_fd)
            os.close(write_fd)

    @property
    def options(self) -> list[str]:
        """The options for the child's command."""
        return [ANNOUNCE_TO, str(self.write_fd)]

    def path(self) -> Path | None:
        """Return the directory, None when the child announced none; ask once, when the child has ended."""
        try:
            told = os.read(self._read_fd, _MAX_PATH_BYTES)
        except BlockingIOError:
            return None
        return Path(os.fsdecode(told)) if told else None
