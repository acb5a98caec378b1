"""The errors of requests; reports count them by their text."""

from __future__ import annotations

import ssl

__all__ = [
    "BadResponse",
    "ConnectionFailed",
    "HttpError",
    "Interrupted",
    "MarkedFailed",
    "ProxyFailed",
    "RedirectRefused",
    "StatusError",
    "TimedOut",
]


class HttpError(Exception):
    """A request that did not succeed."""


class StatusError(HttpError):
    """The response has a status of 400 or more."""


class ConnectionFailed(HttpError):
    """No connection, or one that ended before the response did."""


class ProxyFailed(HttpError):
    """The proxy did not let a request through, so nothing reached the service; `proxy` is its address."""

    def __init__(self, proxy: str, reason: str) -> None:
        super().__init__(f"the proxy {proxy}: {reason}")
        self.proxy = proxy
        self.reason = reason


class TimedOut(HttpError):
    """The response was not complete in time."""


class BadResponse(HttpError):
    """The response is not HTTP, or exceeds a limit."""


class RedirectRefused(HttpError):
    """A redirect to a host that is not allowed, or to no address."""


class MarkedFailed(HttpError):
    """The task marked the response as failed."""


class Interrupted(HttpError):
    """The task stopped waiting for the response."""


def reason_of(error: OSError) -> str:
    """Return the system's reason for a broken connection, in a few words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"TLS certificate: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS: {(error.reason or str(error)).lower().replace('_', ' ')}"
    return error.strerror.lower() if error.strerror else str(error)


def connection_failed(error: OSError) -> ConnectionFailed:
    """Return the failure of a request whose connection broke; its cause is the system's own error."""
    failed = ConnectionFailed(reason_of(error))
    failed.__cause__ = error
    return failed
