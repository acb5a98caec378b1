"""A proxy as RFC 9110 has it: tunnels for CONNECT, requests with whole addresses; it may want a password."""

import socket
import threading
from base64 import b64encode
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


class _Proxying(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_CONNECT(self):
        host, _, port = self.path.rpartition(":")
        if (upstream := self._upstream(host.strip("[]"), int(port))) is None:
            return
        self.send_response(200)
        self.end_headers()
        back = threading.Thread(target=_pump, args=(upstream, self.connection), daemon=True)
        back.start()
        _pump(self.connection, upstream)
        back.join()
        upstream.close()
        self.close_connection = True

    def do_GET(self):
        parts = urlsplit(self.path)
        if (upstream := self._upstream(parts.hostname, parts.port or 80)) is None:
            return
        del self.headers["proxy-authorization"], self.headers["connection"]
        lines = [
            f"{self.command} {parts.path or '/'} HTTP/1.1",
            *(f"{k}: {v}" for k, v in self.headers.items()),
        ]
        upstream.sendall("\r\n".join([*lines, "connection: close", "", ""]).encode())
        _pump(upstream, self.connection)
        upstream.close()
        self.close_connection = True

    def _upstream(self, host, port):
        self.server.lines.append(self.requestline)
        if self.server.token and self.headers["proxy-authorization"] != self.server.token:
            return self._answer(407)
        if self.server.refuses:
            return self._answer(self.server.refuses)
        try:
            return socket.create_connection((host, port), 5)
        except OSError:
            return self._answer(502)

    def _answer(self, status):
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def _pump(source, sink):
    with suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


@contextmanager
def proxying(user=None, password=None):
    """Run a proxy; `lines` are the request lines it got, and `refuses` is a status that it answers with."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Proxying) as server:
        server.daemon_threads = True
        server.lines, server.refuses, server.port = [], None, server.server_port
        server.token = "Basic " + b64encode(f"{user}:{password}".encode()).decode() if user else None
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
