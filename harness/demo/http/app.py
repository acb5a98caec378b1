"""The service itself: finds the route of a request, lets the service time pass, answers, counts."""

from collections.abc import Callable, Mapping
from functools import partial
from time import monotonic
from typing import NamedTuple

from harness.demo.behaviour.behaviour import Behaviour
from harness.demo.behaviour.valve import Valve
from harness.demo.http.answers import Answer, Answers
from harness.demo.metrics import RequestMetrics

Handler = Callable[[str, bytes], Answer]
Respond = Callable[[Answer], object]


class Refusal(NamedTuple):
    """Why a request is not even looked at."""

    status: int
    what: str


class ServedRequest(NamedTuple):
    """What a client asks; with a refusal, as much of it as was understood."""

    method: str
    path: str
    body: bytes = b""
    refusal: Refusal | None = None


class Route(NamedTuple):
    """Where requests go: a name for the metrics, and a handler for each method, given path and body."""

    name: str
    handlers: Mapping[str, Handler]
    is_api: bool


class App:
    """One variant of the service.

    A route whose name ends in `{id}` takes every path that goes on there; the others take their name alone.
    Only the API takes service time and shows faults; health, metrics and fault control answer at once.
    """

    def __init__(
        self,
        routes: tuple[Route, ...],
        *,
        answers: Answers,
        behaviour: Behaviour,
        at: Callable[[float, Callable[[], object]], object],
        gate: Valve,
        metrics: RequestMetrics,
    ) -> None:
        self._exact = {route.name: route for route in routes if not route.name.endswith("{id}")}
        self._prefixes = [
            (route.name.removesuffix("{id}"), route) for route in routes if route.name.endswith("{id}")
        ]
        self._answers = answers
        self._behaviour = behaviour
        self._at = at
        self._gate = gate
        self._metrics = metrics
        self._failed = answers.error(500, "an injected error")
        self._unknown = answers.error(404, "no such path; GET / lists them")

    def take(self, request: ServedRequest, respond: Respond) -> None:
        """Have the request answered, now or later."""
        now_s = monotonic()
        route = self._route(request.path)
        name = route.name if route else "(unknown)"
        if request.refusal is not None:
            answer = self._answers.error(*request.refusal)
        elif route is None:
            answer = self._unknown
        elif (handler := route.handlers.get(request.method)) is None:
            answer = self._not_allowed(route)
        elif route.is_api:
            due_s = now_s + self._behaviour.service_time_s(now_s)
            self._at(due_s, partial(self._serve, handler, request, name, now_s, respond))
            return
        else:
            answer = handler(request.path, request.body)
        self._respond(answer, request.method, name, now_s, respond)

    def _route(self, path: str) -> Route | None:
        if route := self._exact.get(path):
            return route
        for prefix, route in self._prefixes:
            if path.startswith(prefix):
                return route
        return None

    def _serve(
        self, handler: Handler, request: ServedRequest, name: str, began_s: float, respond: Respond
    ) -> None:
        if not self._gate.is_open:
            self._gate.hold(partial(self._serve, handler, request, name, began_s, respond))
            return
        fails = self._behaviour.fails(monotonic())
        answer = self._failed if fails else handler(request.path, request.body)
        self._respond(answer, request.method, name, began_s, respond)

    def _respond(self, answer: Answer, method: str, name: str, began_s: float, respond: Respond) -> None:
        respond(answer)
        # Whatever a client calls a method must not become a new label each time.
        known = method if method in _METHODS else "(other)"
        self._metrics.count(known, name, answer.status, monotonic() - began_s)

    def _not_allowed(self, route: Route) -> Answer:
        allow = ", ".join(route.handlers)
        return self._answers.error(405, f"this path takes {allow}", ("allow", allow))


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
