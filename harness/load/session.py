"""The HTTP client of a user's tasks, in the shape of Locust's FastHttpSession.

The variant a request goes to and the moment it was due come with the arrival the user is running. The
first request of an arrival counts its response time from the due time, further ones from their own send.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Literal, NamedTuple

from harness.load.connection import Connection
from harness.load.request import Body, Encoder, basic_auth
from harness.load.response import MarkedFailed, Response
from harness.load.target import Target
from harness.record.window import VARIANTS, LiveWindow


class Routes:
    """What all sessions of a process share: targets, limits, and the open connections.

    ``targets`` has one target per variant (both the same behind a router, where ``variant_header`` names
    the response header that tells the variant).
    """

    def __init__(
        self,
        targets: Sequence[Target],
        timeout_s: float,
        clock: Callable[[], float],
        variant_header: str | None = None,
    ) -> None:
        self.targets = tuple(targets)
        self.timeout_s = timeout_s
        self.clock = clock
        self.variant_header = variant_header
        self._connections: list[Connection] = []

    def connect(self, variant: int) -> Connection:
        """Return a new, not yet opened connection to a variant."""
        connection = Connection(self.targets[variant].address, self.clock)
        self._connections.append(connection)
        return connection

    def expire(self, now_s: float) -> None:
        """End every exchange whose deadline has passed; called by the hub every few milliseconds."""
        for connection in self._connections:
            connection.expire(now_s)

    def close(self) -> None:
        """Close every connection."""
        for connection in self._connections:
            connection.close()
        self._connections.clear()


class Measured(NamedTuple):
    """The times of one request, and where they are to be recorded."""

    name: str
    response_s: float
    service_s: float
    variant: int
    window: LiveWindow | None
    context: Mapping[str, Any] | None


class Session:
    """Sends the requests of one user and records what came of them.

    ``fire`` is Locust's ``events.request.fire``; ``context`` the user's own context for that event.
    """

    def __init__(
        self,
        routes: Routes,
        fire: Callable[..., None],
        context: Callable[[], dict[str, Any]],
        default_headers: Mapping[str, str] | None = None,
    ) -> None:
        self._routes = routes
        self._clock = routes.clock
        self._encoders = [Encoder(target, default_headers or {}) for target in routes.targets]
        self._connections = [routes.connect(variant) for variant in range(len(routes.targets))]
        self._fire = fire
        self._context = context
        self._group_name: str | None = None
        self.variant = self._planned = 0
        self.window: LiveWindow | None = None
        self.failed = False
        self._due_s: float | None = None
        self._arrived_s = 0.0

    def arrive(self, due_s: float, variant: int, window: LiveWindow) -> None:
        """Begin an arrival: the next request is its first one."""
        self._due_s = self._arrived_s = due_s
        self.variant = self._planned = variant
        self.window = window
        self.failed = False

    def end_arrival(self) -> None:
        """Account for the arrival the user was running, if any."""
        window, self.window = self.window, None
        if window is not None:
            account = window.accounts[self.variant]
            if self.failed:
                account.failed += 1
            else:
                account.completed += 1
            window.accounts[self._planned].open -= 1

    def task_raised(self, task: str, error: Exception) -> None:
        """Record a task that raised: as a failure of its own, unless a request already failed."""
        if self.window is None or self.failed:
            return
        self.failed = True
        age_s = self._clock() - self._arrived_s
        self.window.record(self.variant, f"TASK {task}", False, age_s, age_s)
        self.window.record_error(self.variant, f"TASK {task}", f"{type(error).__name__}: {error}")

    def request(
        self,
        method: str,
        url: str,
        name: str | None = None,
        data: Body = None,
        catch_response: bool = False,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        json: Any = None,
        context: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> Any:
        """Send a request and return its response; what went wrong is in ``response.error``.

        ``name`` groups requests under one endpoint. With ``catch_response`` the response is a context
        manager with ``success()`` and ``failure(reason)``, and is recorded when the block is left.
        """
        if auth is not None:
            headers = {**(headers or {}), "authorization": basic_auth(*auth)}
        variant = self.variant
        request = self._encoders[variant].encode(method, url, data, json, headers, params)
        connection = self._connections[variant]

        sent_s = self._clock()
        due_s = self._due_s
        if due_s is None:
            due_s = sent_s
        else:
            self._due_s = None
            if self.window is not None:
                self.window.sent.values_s.append(sent_s - due_s)
        connection.exchange(request, sent_s + (timeout or self._routes.timeout_s), method == "HEAD")

        ended_s, answer = connection.ended_s, connection.answer
        if self._routes.variant_header is not None:
            variant = self.variant = self._observed(answer.headers, variant)
        measured = Measured(
            name or self._group_name or url, ended_s - due_s, ended_s - sent_s, variant, self.window, context
        )
        if catch_response:
            return Caught(self, measured, method, url, answer.status, answer.headers, answer.body, connection.error)
        response = Response(method, url, answer.status, answer.headers, answer.body, connection.error)
        self.record(measured, response)
        return response

    def record(self, measured: Measured, response: Response) -> None:
        """Record a finished request and tell Locust's listeners."""
        name, response_s, service_s, variant, window, context = measured
        error = response.error
        if window is not None:
            endpoint = f"{response.method} {name}"
            window.record(variant, endpoint, error is None, response_s, service_s)
            if error is not None:
                self.failed = True
                window.record_error(variant, endpoint, str(error) or type(error).__name__)
        self._fire(
            request_type=response.method,
            name=name,
            response_time=response_s * 1000,
            response_length=len(response.content),
            response=response,
            context={"variant": VARIANTS[variant], **self._context(), **(context or {})},
            exception=error,
            start_time=time.time() - response_s,
            url=response.url,
        )

    @contextmanager
    def rename_request(self, name: str) -> Iterator[None]:
        """Group the requests of a with-block under one name."""
        self._group_name = name
        try:
            yield
        finally:
            self._group_name = None

    def get(self, url: str, **kwargs: Any) -> Any:
        """Send a GET request."""
        return self.request("GET", url, **kwargs)

    def head(self, url: str, **kwargs: Any) -> Any:
        """Send a HEAD request."""
        return self.request("HEAD", url, **kwargs)

    def options(self, url: str, **kwargs: Any) -> Any:
        """Send an OPTIONS request."""
        return self.request("OPTIONS", url, **kwargs)

    def delete(self, url: str, **kwargs: Any) -> Any:
        """Send a DELETE request."""
        return self.request("DELETE", url, **kwargs)

    def post(self, url: str, data: Body = None, json: Any = None, **kwargs: Any) -> Any:
        """Send a POST request."""
        return self.request("POST", url, data=data, json=json, **kwargs)

    def put(self, url: str, data: Body = None, **kwargs: Any) -> Any:
        """Send a PUT request."""
        return self.request("PUT", url, data=data, **kwargs)

    def patch(self, url: str, data: Body = None, **kwargs: Any) -> Any:
        """Send a PATCH request."""
        return self.request("PATCH", url, data=data, **kwargs)

    def _observed(self, headers: list[tuple[bytes, bytes]], planned: int) -> int:
        wanted = (self._routes.variant_header or "").lower().encode()
        for name, value in headers:
            if name.lower() == wanted:
                return int(value.strip().lower() == b"canary")
        return planned


class Caught(Response):
    """A response whose task decides whether it was a success."""

    __slots__ = ("_measured", "_session")

    def __init__(self, session: Session, measured: Measured, *answer: Any) -> None:
        super().__init__(*answer)
        self._session = session
        self._measured: Measured | None = measured

    def success(self) -> None:
        """Count the request as successful, whatever its status."""
        self.error = None

    def failure(self, reason: Any) -> None:
        """Count the request as failed; ``reason`` is an exception or a text."""
        self.error = reason if isinstance(reason, Exception) else MarkedFailed(str(reason))

    def __enter__(self) -> Caught:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> Literal[False]:
        # Recorded also when the block raises: Locust's own session would lose the request.
        if isinstance(value, Exception) and self.error is None:
            self.failure(value)
        measured, self._measured = self._measured, None
        if measured is not None:
            self._session.record(measured, self)
        return False
