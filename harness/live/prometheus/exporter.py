"""The metrics on a port of their own, for runs without Locust's web interface; on loopback only."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from gevent.pywsgi import WSGIServer

from harness.live.live_run import LiveRun
from harness.live.prometheus.metrics import CONTENT_TYPE, exposition

_PATHS = {"/metrics", "/gate/metrics"}


class ExporterError(Exception):
    """The port is unavailable; the text says why."""


def serve_metrics(live: LiveRun, port: int) -> Callable[[], None]:
    """Serve the metrics of a run at 127.0.0.1; return a function that stops it. Raises ExporterError."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] not in _PATHS or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [b"the metrics are at /metrics\n"]
        start_response("200 OK", [("Content-Type", CONTENT_TYPE)])
        return [exposition(live)]

    server = WSGIServer(("127.0.0.1", port), application, log=None)
    try:
        server.start()
    except (OSError, OverflowError) as error:
        raise ExporterError(f"the metrics cannot be served on port {port}: {error}") from None
    return lambda: server.stop(timeout=0)
