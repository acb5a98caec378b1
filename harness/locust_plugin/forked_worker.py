"""A worker that Locust forks ends with the process that forked it, also while it looks for its master.

Locust's own end only waits for its workers. One that never found the master would try for five minutes.
"""

from __future__ import annotations

import os

from gevent import monkey

from harness.rollout.exit_code import ExitCode

_LOADED_BY = os.getpid()
_EVERY_S = 1.0

# A thread of the system: a task that never yields must not keep an orphan alive.
_start_thread = monkey.get_original("_thread", "start_new_thread")
_sleep = monkey.get_original("time", "sleep")


def end_with_parent() -> None:
    """End this process within a second of its parent, if it was forked after this module was loaded."""
    if os.getpid() != _LOADED_BY:
        _start_thread(_watch, ())


def _watch() -> None:
    while os.getppid() == _LOADED_BY:
        _sleep(_EVERY_S)
    os._exit(ExitCode.INVALID)
