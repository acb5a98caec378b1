"""A byte-level HTTP server that does exactly what a test tells it to, good or bad."""

from contextlib import contextmanager
from socket import AF_INET6, AF_UNIX

import gevent
from gevent.server import StreamServer


class Hangup(Exception):
    """Close the connection here."""


@contextmanager
def serving(*answers, listener=("127.0.0.1", 0), tls=None):
    """Serve on a free port; every request gets the next answer, the last one for ever.

    An answer is bytes, a list of bytes (sent one by one), a number (seconds of silence), `Hangup` (close
    the connection), a callable (the request in, one of those out), or a list of those. Yields the URL and
    the list of requests seen.
    """
    seen = []

    def handle(sock, _address):
        try:
            while request := read_request(sock):
                response = answers[min(len(seen), len(answers) - 1)]
                seen.append(request)
                if callable(response) and response is not Hangup:
                    response = response(request)
                for step in response if isinstance(response, list) else [response]:
                    if step is Hangup:
                        return
                    if isinstance(step, bytes):
                        sock.sendall(step)
                        gevent.sleep(0.001)
                    else:
                        gevent.sleep(step)
        except OSError:
            pass
        finally:
            sock.close()

    server = StreamServer(listener, handle, **({"ssl_context": tls} if tls else {}))
    server.start()
    host, scheme = "[::1]" if server.family == AF_INET6 else "127.0.0.1", "https" if tls else "http"
    try:
        yield f"{scheme}://{host}:{server.server_port}" if server.family != AF_UNIX else "", seen
    finally:
        server.stop(timeout=0.1)


def read_request(sock):
    """Return one request as it came, or nothing at the end of the connection."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = sock.recv(65536)
        if not piece:
            return data
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    while len(body) < length:
        body += sock.recv(65536)
    return head + b"\r\n\r\n" + body
