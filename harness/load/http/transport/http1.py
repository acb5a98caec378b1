"""A request in the bytes of HTTP/1.1."""

from __future__ import annotations

from harness.load.http.request import Request


def encode(request: Request, target: str | None = None, told: str = "") -> bytes:
    """Return the whole request, and keep it for the next time it is sent.

    A proxy is sent another `target`, and is `told` further header lines.
    """
    head = f"{request.method} {target or request.target} HTTP/1.1\r\n{request.fields.lines}{told}"
    if request.content_type is not None:
        head += f"content-type: {request.content_type}\r\n"
    body = request.payload
    if request.sends_length:
        head += f"content-length: {len(body)}\r\n"
    request.encoded = f"{head}\r\n".encode("latin-1") + body
    return request.encoded
