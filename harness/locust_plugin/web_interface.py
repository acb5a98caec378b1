"""Locust's web interface as a view of a run: where its port is taken, the run goes on without it."""

from __future__ import annotations

import logging
from typing import Any

from gevent.event import Event

from harness.process.taken_port import cannot_listen

_LOG = logging.getLogger("harness")


class WebInterface:
    """Keeps the server of a `locust.web.WebUI`, whose end is the end of Locust, from ending the run."""

    def __init__(self, web_ui: Any) -> None:
        self._web_ui = web_ui
        self._serve = web_ui.start_server
        self._has_failed = False
        self._is_over = Event()
        web_ui.start_server = self._serve_or_wait

    def stop(self) -> None:
        """End it, and with it Locust."""
        self._is_over.set()
        if not self._has_failed:
            self._web_ui.stop()

    def _serve_or_wait(self) -> None:
        try:
            self._serve()
        except Exception as error:
            self._has_failed = True
            _LOG.error("the web interface failed and is off for the rest of the run: %s", self._why(error))
            self._is_over.wait()

    def _why(self, error: Exception) -> str:
        if not isinstance(error, OSError):
            return f"{error}; choose --headless"
        return cannot_listen(f"port {self._web_ui.port}", error, "--web-port, or --headless")
