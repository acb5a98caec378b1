"""What a run shows beside the terminal: the page in Locust's web interface, and metrics on their own port."""

from __future__ import annotations

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
        guard.call("the live page", add_page, web_ui, live, metrics, stop, decide)
    return opened.close


def _metrics(live: LiveRun) -> Response:
    return Response(exposition(live), content_type=CONTENT_TYPE)
