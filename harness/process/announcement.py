"""A child process tells its parent which run directory it made, and learns when the parent dies.

The newest directory could be another run's, and an exit code could be anybody's: the parent reads the outcome
from the directory that was announced, and from no other. Both ends of the socket are closed by the system
whatever ends a process, so the child is at the end of its input when nobody is left to wait for it.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

ANNOUNCE_TO: Final = "--announce-run-to"
"""The option that gives the child the file descriptor to write to."""
_MAX_PATH_BYTES: Final = 4096


def announce(path: Path, parent: int) -> None:
    """Write the path of a new run directory to the parent, once."""
    os.write(parent, os.fsencode(path))


class Announcement:
    """The parent's side: what the child announced."""

    def __init__(self, ours: socket.socket, theirs: socket.socket) -> None:
        self._ours = ours
        self.child_fd = theirs.fileno()
        self._path: Path | None = None
        self._lock = threading.Lock()

    @classmethod
    @contextmanager
    def expected(cls) -> Iterator[Announcement]:
        """Open the socket; hand `child_fd` to the child."""
        ours, theirs = socket.socketpair()
        # A process that the child left behind may hold the other end open.
        ours.setblocking(False)
        with ours, theirs:
            yield cls(ours, theirs)

    @property
    def options(self) -> list[str]:
        """The options for the child's command."""
        return [ANNOUNCE_TO, str(self.child_fd)]

    def path(self) -> Path | None:
        """Return the directory, None as long as the child has announced none."""
        with self._lock:
            if self._path is None:
                # Nothing is there yet, or nobody expects anything any more.
                with suppress(OSError):
                    told = self._ours.recv(_MAX_PATH_BYTES)
                    self._path = Path(os.fsdecode(told)) if told else None
            return self._path
