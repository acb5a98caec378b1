"""Listeners of Locust's events: what one raises is named once, and ends a start that it belongs to.

Locust logs a traceback for each event and goes on. A run whose preparation failed is not the run that its
author meant, and a traceback for each request would cost more than the request.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import gevent
from locust import events
from locust.event import EventHook

from harness.load.blame import Blame, mistake_of
from harness.load.locust.paced import LOCUST_RULES
from harness.load.locust.start_up import WITHIN_S

_LOG = logging.getLogger("harness")
_PREPARING = {
    events.init_command_line_parser: "init_command_line_parser",
    events.init: "init",
    events.test_start: "test_start",
}
_OURS = "harness."
Handler = Callable[..., Any]


class Listeners:
    """Calls the listeners of all events of this process, as Locust does.

    `failure` names the first listener of a start that raised, or that did not end in time. Locust
    would end for one of `init`: a worker then could not tell its master why.
    """

    def __init__(self) -> None:
        self.failure: str | None = None
        self.is_usage = False
        """Whether that listener adds options, so that the command line is not what its author meant."""
        self._on_failure: Callable[[str], object] = lambda failure: None
        self._told: set[tuple[str, str]] = set()

    def report_to(self, fail: Callable[[str], object]) -> None:
        """Call this with the first failure of the start, also with one that is past."""
        self._on_failure = fail
        if self.failure is not None:
            fail(self.failure)

    def take_over(self) -> None:
        """Call every listener from now on."""

        def fire(hook: EventHook, *, reverse: bool = False, **event: Any) -> None:
            # A copy: a listener may add and remove others.
            for handler in hook._handlers[::-1] if reverse else hook._handlers.copy():
                try:
                    if hook in _PREPARING and not getattr(handler, "__module__", "").startswith(_OURS):
                        self._prepare(hook, handler, event)
                    else:
                        handler(**event)
                except LOCUST_RULES.control_flow:
                    raise
                except Exception as error:
                    self._raised(hook, handler, error)

        EventHook.fire = fire  # type: ignore[method-assign, assignment]

    def _prepare(self, hook: EventHook, handler: Handler, event: dict[str, Any]) -> None:
        """Call a listener that the load waits for."""
        # No `Exception`: whoever tries again and again would catch it.
        too_long = gevent.Timeout(WITHIN_S)
        try:
            with too_long:
                handler(**event)
        except gevent.Timeout as timeout:
            if timeout is not too_long:
                raise
            raise TimeoutError(f"not ended after {WITHIN_S:g} s") from timeout

    def _raised(self, hook: EventHook, handler: Handler, error: Exception) -> None:
        name = getattr(handler, "__qualname__", type(handler).__name__)
        kind, where = mistake_of(Blame.LOAD_TEST, error)[1:]
        prepares = _PREPARING.get(hook)
        if prepares is not None and self.failure is None:
            self.is_usage = hook is events.init_command_line_parser
            self.failure = f"the listener `{name}` of {prepares} raised {kind} at {where}"
            self._on_failure(self.failure)
        elif (name, where) not in self._told:
            self._told.add((name, where))
            _LOG.error("the listener `%s` raised %s at %s; this is logged once", name, kind, where)
