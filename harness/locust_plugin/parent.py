"""The process that started this one, if a verb did; a run does not outlive it."""

from __future__ import annotations

import logging
import os
import signal

from gevent import get_hub

_LOG = logging.getLogger("harness")
_READABLE = 1


class Parent:
    """Has this process interrupted, as by SIGTERM, when the one at the other end of a socket dies."""

    def __init__(self, fd: int | None) -> None:
        self.is_dead = False
        if fd is not None:
            # Nothing is ever sent: what can be read is the end.
            self._watcher = get_hub().loop.io(fd, _READABLE)
            self._watcher.start(self._on_end)

    def _on_end(self) -> None:
        self._watcher.stop()
        self.is_dead = True
        _LOG.warning("the process that started this run has ended, and so does the run")
        os.kill(os.getpid(), signal.SIGTERM)
