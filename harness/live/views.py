"""What a run shows beside the terminal: the page in Locust's web interface, and metrics on their own port."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from flask import Response

from harness.live.live_run import LiveRun
from harness.live.page import add_page
from harness.live.prometheus.exporter import serve_metrics
from harness.live.prometheus.metrics import CONTENT_TYPE, exposition
from harness.process.child import Child, ChildError

_LOG = logging.getLogger("harness")


def open_views(
    environment: Any, web_ui: Any, live: LiveRun, stop: Callable[[str], None]
) -> Callable[[], None]:
    """Open what the options of Locust ask for; return what closes it. Raises ExporterError."""
    port = environment.parsed_options.metrics_port
    with ExitStack() as opened:
        if port is not None:
            opened.callback(serve_metrics(live, port))
        if web_ui is not None:
            add_page(web_ui, live, lambda: Response(exposition(live), content_type=CONTENT_TYPE), stop)
            _listen_to_the_judge(live, opened)
        return opened.pop_all().close


def _listen_to_the_judge(live: LiveRun, opened: ExitStack) -> None:
    try:
        judge = Child.start("harness.live.findings", str(live.path))
    except ChildError as error:
        _LOG.warning("the page goes without findings: %s", error)
        return
    live.listen(judge.received)
    opened.callback(judge.stop)
