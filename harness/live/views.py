"""What a run shows beside the terminal: the page in Locust's web interface, and metrics on their own port."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Any

from flask import Response

from harness.live.live_run import LiveRun
from harness.live.page import add_page
from harness.live.prometheus.exporter import serve_metrics
from harness.live.prometheus.metrics import CONTENT_TYPE, exposition
from harness.process.view_guard import ViewGuard
from harness.record.events.approval import Decided

_LOG = logging.getLogger("harness")


def open_views(
    environment: Any,
    web_ui: Any,
    live: LiveRun,
    stop: Callable[[str], None],
    decide: Callable[[Decided], None],
    guard: ViewGuard,
) -> Callable[[], None]:
    """Open what the options of Locust ask for, each through the guard; return a function that closes it."""
    port = environment.parsed_options.metrics_port
    opened = ExitStack()
    if port is not None:
        guard.call("the metrics port", lambda: opened.callback(serve_metrics(live, port)))
    if web_ui is not None:
        metrics = partial(_metrics, live)
        if guard.call("the live page", add_page, web_ui, live, metrics, stop, decide):
            _LOG.info("the live page: %s", page_address(environment.parsed_options))
    return opened.close


def page_address(options: Any) -> str:
    """Return where the page is, as the options of Locust's web interface say it."""
    scheme = "https" if options.tls_cert and options.tls_key else "http"
    # An empty host and `*` are every address of this machine, this one too.
    host = options.web_host if options.web_host not in (None, "", "*", "0.0.0.0") else "127.0.0.1"  # noqa: S104
    return f"{scheme}://{host}:{options.web_port}{(options.web_base_path or '').rstrip('/')}/gate/"


def _metrics(live: LiveRun) -> Response:
    return Response(exposition(live), content_type=CONTENT_TYPE)
