"""What a run shows beside the terminal: the page in Locust's web interface, and metrics on their own port."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from flask import Response

from harness.live.live_run import LiveRun
from harness.live.page import add_page
from harness.live.prometheus.exporter import serve_metrics
from harness.live.prometheus.metrics import CONTENT_TYPE, exposition


def open_views(
    environment: Any, web_ui: Any, live: LiveRun, stop: Callable[[str], None]
) -> Callable[[], None]:
    """Open what the options of Locust ask for; return a function that closes it. Raises ExporterError."""
    port = environment.parsed_options.metrics_port
    with ExitStack() as opened:
        if port is not None:
            opened.callback(serve_metrics(live, port))
        if web_ui is not None:
            add_page(web_ui, live, lambda: Response(exposition(live), content_type=CONTENT_TYPE), stop)
        return opened.pop_all().close
