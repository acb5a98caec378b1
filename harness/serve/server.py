"""The HTTP side: routes, the token, and bounds on everything a client can send."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from harness.record.events.approval import Decision
from harness.report.wording import cut
from harness.serve.connections import REQUEST_WITHIN_S, Connections
from harness.serve.decisions import DECISIONS, decided, wait_in
from harness.serve.offer import Offer
from harness.serve.registry import RunRegistry
from harness.serve.reply import BadRequest, Reply, argo, flagger, flagger_rollback, forget, read_webhook
from harness.serve.secret import Secret

MAX_BODY_BYTES = 65_536


class Refused(Exception):
    """A request that is refused with a status and a reason."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class GateServer(ThreadingHTTPServer):
    """Serves a bounded number of clients at once, each within a bounded time."""

    daemon_threads = True
    # With the base class's 5, the system drops connections of a burst: each tries again after 1 s or more.
    request_queue_size = 128

    def __init__(
        self,
        address: tuple[str, int],
        offers: Mapping[str, Offer],
        registry: RunRegistry,
        secret: Secret,
        running: Callable[[], Path | None] = lambda: None,
    ) -> None:
        super().__init__(address, GateRequestHandler)
        self.offers = offers
        self.registry = registry
        self.secret = secret
        self.running = running
        """Returns the directory of the run under way."""
        self.connections = Connections(time.monotonic)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Accept a connection if there is room for it."""
        if self.connections.admit(request):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection and close it."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.connections.leave(request)

    def service_actions(self) -> None:
        """Cut off slow clients; called every half second."""
        self.connections.cut_slow()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say in one line that a client went away."""
        sys.stderr.write(f"{client_address[0]}: {type(sys.exception()).__name__}\n")


class GateRequestHandler(BaseHTTPRequestHandler):
    """One request."""

    server: GateServer
    timeout = REQUEST_WITHIN_S
    server_version = "canary-harness"
    sys_version = ""

    def do_GET(self) -> None:  # the name http.server looks for
        """Reply to any request; GET is Argo's default method and that of the health check."""
        self._send(self._reply())

    do_POST = do_GET  # noqa: N815  # the name http.server looks for

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Reply to what is not HTTP, or more of it than is read; the base class would do so in HTML."""
        # A request line that cannot be read leaves the version of a protocol that knows no status.
        self.request_version = "HTTP/1.0"
        self.close_connection = True
        status = HTTPStatus(code)
        self._send(Reply(status, {"error": cut(message or status.phrase, 200)}))

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Write a line without the query."""
        path = getattr(self, "path", "").partition("?")[0]
        self.log_message("%s %s %s", self.command or "-", path or "-", int(code))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class's name
        """Write a line without control characters."""
        sys.stderr.write(f"{self.client_address[0]} {cut(format % args, 200)}\n")

    def _reply(self) -> Reply:
        try:
            return self._route()
        except Refused as error:
            return Reply(error.status, {"error": str(error)})
        except (BadRequest, ValueError) as error:
            return Reply(HTTPStatus.BAD_REQUEST, {"error": cut(str(error), 200)})

    def _route(self) -> Reply:
        url = urlsplit(self.path)
        body = self._body()
        match [self.command, *url.path.strip("/").split("/")]:
            case ["GET", "health"]:
                return Reply(HTTPStatus.OK, {"ok": True})
            case ["POST", "flagger", name]:
                webhook = read_webhook(body)
                return flagger(self.server.registry, self._offer(name, webhook.token), webhook, self._wait)
            case ["POST", "flagger", name, "rollback"]:
                webhook = read_webhook(body)
                return flagger_rollback(self.server.registry, self._offer(name, webhook.token), webhook)
            case ["GET" | "POST", "argo", name]:
                release = parse_qs(url.query, max_num_fields=20).get("release", [""])
                return argo(self.server.registry, self._offer(name, ""), release[0], self._wait)
            case ["POST", "forget", name]:
                release = parse_qs(url.query, max_num_fields=20).get("release", [""])
                return forget(self.server.registry, self._offer(name, ""), release[0])
            case ["POST", word, name] if word in DECISIONS:
                release = parse_qs(url.query, max_num_fields=20).get("release", [""])
                offer, server = self._offer(name, ""), self.server
                return decided(server.registry, server.running, offer, release[0], Decision(word), body)
        raise Refused(HTTPStatus.NOT_FOUND, "try POST /flagger/NAME or GET /argo/NAME?release=…")

    def _wait(self) -> str | None:
        return wait_in(self.server.running())

    def _offer(self, name: str, token_in_body: str) -> Offer:
        # Flagger cannot send custom headers; it has the token in its metadata.
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        given = token.strip() if scheme.lower() == "bearer" else token_in_body
        if not self.server.secret.matches(given):
            raise Refused(HTTPStatus.UNAUTHORIZED, "the token is missing or wrong")
        self.server.connections.trust(self.connection)
        if name not in self.server.offers:
            raise Refused(HTTPStatus.NOT_FOUND, f"no plan is offered under the name {cut(name, 60)!r}")
        return self.server.offers[name]

    def _body(self) -> bytes:
        if "Transfer-Encoding" in self.headers:
            raise Refused(HTTPStatus.LENGTH_REQUIRED, "send a Content-Length header")
        given = self.headers.get("Content-Length", "0")
        if not (given.isascii() and given.isdigit() and len(given) < 10):
            raise Refused(HTTPStatus.BAD_REQUEST, "Content-Length is not a number")
        if int(given) > MAX_BODY_BYTES:
            raise Refused(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the limit for a body is {MAX_BODY_BYTES} bytes"
            )
        body = self.rfile.read(int(given))
        if len(body) < int(given):
            raise Refused(HTTPStatus.BAD_REQUEST, "the body is shorter than its Content-Length")
        return body

    def _send(self, reply: Reply) -> None:
        body = json.dumps(reply.body).encode()
        self.send_response(reply.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        if reply.status is HTTPStatus.UNAUTHORIZED:
            self.send_header("WWW-Authenticate", "Bearer")
        self.end_headers()
        self.wfile.write(body)
