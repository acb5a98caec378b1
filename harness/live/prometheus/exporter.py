"""The metrics on a port of their own, for runs without Locust's web interface; on loopback only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gevent.pywsgi import WSGIServer

from harness.live.live_run import LiveRun
from harness.live.prometheus.metrics import CONTENT_TYPE, exposition
from harness.live.same_origin import refusal
from harness.process.taken_port import cannot_listen
from harness.process.view_guard import ViewUnavailable

_PATHS = {"/metrics", "/gate/metrics"}
_TEXT = "text/plain"
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
"""What WSGI calls with a request and a function that begins the response."""


def serve_metrics(live: LiveRun, port: int) -> Callable[[], None]:
    """Serve the metrics of a run at 127.0.0.1; return a function that stops it. Raises ViewUnavailable."""
    server = WSGIServer(("127.0.0.1", port), metrics_application(live), log=None)
    try:
        server.start()
    except OSError as error:
        raise ViewUnavailable(cannot_listen(f"port {port}", error, "--metrics-port")) from None
    return lambda: server.stop(timeout=0)


def metrics_application(live: LiveRun) -> Application:
    """Return the WSGI application with the metrics of a run; browsers with another site's page get none."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        status, kind, body = "200 OK", CONTENT_TYPE, b""
        if (why_not := refusal(method, _headers(environ), (), has_login=False)) is not None:
            status, kind, body = "403 Forbidden", _TEXT, f"{why_not}\n".encode()
        elif environ["PATH_INFO"] not in _PATHS or method not in ("GET", "HEAD"):
            status, kind, body = "404 Not Found", _TEXT, b"the metrics are at /metrics\n"
        start_response(status, [("Content-Type", kind)])
        return [body or exposition(live)]

    return application


def _headers(environ: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers of a request, by the names that a browser writes."""
    return {
        name.removeprefix("HTTP_").replace("_", "-").title(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
