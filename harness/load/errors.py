"""What can go wrong with a request; the text of an error is the kind that reports count it under."""


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
