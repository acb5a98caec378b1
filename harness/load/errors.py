"""What can go wrong with a request; the text of an error is the kind that reports count it under."""

from __future__ import annotations

import ssl

__all__ = [
    "BadResponse",
    "ConnectionFailed",
    "HttpError",
    "Interrupted",
    "MarkedFailed",
    "RedirectRefused",
    "StatusError",
    "TimedOut",
]


class HttpError(Exception):
    """A request that did not succeed."""


class StatusError(HttpError):
    """The service answered with a status of 400 or more."""


class ConnectionFailed(HttpError):
    """No connection, or one that ended before the answer did."""


class TimedOut(HttpError):
    """The answer was not complete in time."""


class BadResponse(HttpError):
    """What came back is not HTTP, or more of it than is allowed."""


class RedirectRefused(HttpError):
    """A redirect that leads where no load may go, or nowhere."""


class MarkedFailed(HttpError):
    """The task itself called the response a failure."""


class Interrupted(HttpError):
    """The task stopped waiting for the answer."""


def reason_of(error: OSError) -> str:
    """Return what the system says of a broken connection, in a few words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"TLS certificate: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS: {(error.reason or str(error)).lower().replace('_', ' ')}"
    return error.strerror.lower() if error.strerror else str(error)
