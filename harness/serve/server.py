"""The HTTP side: routes, the token, and bounds on everything a client can send."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from harness.report.wording import cut
from harness.serve.offer import Offer
from harness.serve.registry import RunRegistry
from harness.serve.reply import BadRequest, Reply, argo, flagger, flagger_rollback, read_webhook
from harness.serve.secret import Secret

MAX_BODY_BYTES = 65_536
MAX_CONNECTIONS = 32
_IDLE_TIMEOUT_S = 10.0


class Refused(Exception):
    """A request that is refused with a status and a reason."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class GateServer(ThreadingHTTPServer):
    """Serves a bounded number of clients at once."""

    daemon_threads = True

    def __init__(
        self, address: tuple[str, int], offers: Mapping[str, Offer], registry: RunRegistry, secret: Secret
    ) -> None:
        super().__init__(address, GateRequestHandler)
        self.offers = offers
        self.registry = registry
        self.secret = secret
        self._slots = threading.BoundedSemaphore(MAX_CONNECTIONS)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Accept a connection unless too many are open."""
        if self._slots.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection, then free its slot."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._slots.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say in one line that a client went away."""
        sys.stderr.write(f"{client_address[0]}: {type(sys.exception()).__name__}\n")


class GateRequestHandler(BaseHTTPRequestHandler):
    """One request."""

    server: GateServer
    timeout = _IDLE_TIMEOUT_S
    server_version = "canary-harness"
    sys_version = ""

    def do_GET(self) -> None:  # the name http.server looks for
        """Reply to any request; GET is Argo's default method and that of the health check."""
        self._send(self._reply())

    do_POST = do_GET  # noqa: N815  # the name http.server looks for

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Write a line without the query."""
        self.log_message("%s %s %s", self.command, self.path.partition("?")[0], int(code))

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
                return flagger(self.server.registry, self._offer(name, webhook.token), webhook)
            case ["POST", "flagger", name, "rollback"]:
                webhook = read_webhook(body)
                return flagger_rollback(self.server.registry, self._offer(name, webhook.token), webhook)
            case ["GET" | "POST", "argo", name]:
                release = parse_qs(url.query, max_num_fields=20).get("release", [""])
                return argo(self.server.registry, self._offer(name, ""), release[0])
        raise Refused(HTTPStatus.NOT_FOUND, "try POST /flagger/NAME or GET /argo/NAME?release=…")

    def _offer(self, name: str, token_in_body: str) -> Offer:
        # Flagger cannot send custom headers; it has the token in its metadata.
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        given = token.strip() if scheme.lower() == "bearer" else token_in_body
        if not self.server.secret.matches(given):
            raise Refused(HTTPStatus.UNAUTHORIZED, "the token is missing or wrong")
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
        return self.rfile.read(int(given))

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
