"""The end of Locust's process has a deadline: by then the verdict is written, and nothing can be waited for.

`on_stop` of a user and listeners of `test_stopping`, `test_stop` and `quitting` may wait for something that
never comes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import gevent

from harness.load.locust.start_up import place_in

_LOG = logging.getLogger("harness")


def end_soon(runner: Any, end_process: Callable[[], object], within_s: float) -> None:
    """Give Locust's end this long, then call `end_process`; name the line that a user still waits at."""

    def give_up() -> None:
        _LOG.warning(
            "Locust has not ended %g s after the run%s; the process ends now", within_s, _where(runner)
        )
        end_process()

    gevent.spawn_later(within_s, give_up)


def _where(runner: Any) -> str:
    places = [place_in(greenlet.gr_frame) for greenlet in runner.user_greenlets]
    waiting = next(filter(None, places), None)
    return "" if waiting is None else f": a user waits{waiting}"
