"""The paths of the service: a small task API, and what operates it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry

from harness.demo.given_faults import fault_arguments, faults_of
from harness.demo.http.app import Route
from harness.demo.http.responses import ResponseFactory, ServedResponse
from harness.demo.metrics import exposition
from harness.demo.tasks import InvalidTask, TaskStore
from harness.plan.variant import Variant

if TYPE_CHECKING:
    from harness.plan.faults import Faults

VERSIONS = {Variant.BASELINE: "1.0.0", Variant.CANARY: "1.1.0", Variant.CONTROL: "1.0.0"}

PAGE = """{variant} {version} of the embedded service

GET    /api/tasks        the newest tasks
POST   /api/tasks        creates one: {{"title": "Rotate the keys", "priority": "high"}}
GET    /api/tasks/{{id}}   one task
GET    /health           200 when well, 503 when not
GET    /metrics          Prometheus text
GET    /_faults          the faults that are set
POST   /_faults          sets these and no others: {{"latency": "+25%", "errors": "1%"}}
DELETE /_faults          clears them
"""


def api_routes(responses: ResponseFactory, store: TaskStore) -> tuple[Route, ...]:
    """Make the routes that get the load."""

    def newest(path: str, body: bytes) -> ServedResponse:
        return responses.json(200, store.newest())

    def read(path: str, body: bytes) -> ServedResponse:
        task = store.read(path.removeprefix("/api/tasks/"))
        return responses.error(404, "no such task") if task is None else responses.json(200, task)

    def create(path: str, body: bytes) -> ServedResponse:
        try:
            task_id, task = store.create(body)
        except InvalidTask as error:
            return responses.error(400, str(error))
        return responses.json(201, task, ("location", f"/api/tasks/{task_id}"))

    return (
        Route("/api/tasks", {"GET": newest, "POST": create}, is_api=True),
        Route("/api/tasks/{id}", {"GET": read}, is_api=True),
    )


def operating_routes(
    responses: ResponseFactory, variant: Variant, registry: CollectorRegistry, is_well: Callable[[], bool]
) -> tuple[Route, ...]:
    """Make the routes for people and probes."""
    version = VERSIONS[variant]
    well = responses.value(200, {"status": "ok", "variant": variant, "version": version})
    stalled = responses.value(503, {"status": "stalled", "variant": variant, "version": version})
    page = responses.text(PAGE.format(variant=variant, version=version).encode(), "text/plain; charset=utf-8")

    def health(path: str, body: bytes) -> ServedResponse:
        return well if is_well() else stalled

    def metrics(path: str, body: bytes) -> ServedResponse:
        return responses.text(exposition(registry), CONTENT_TYPE_LATEST)

    return (
        Route("/", {"GET": lambda path, body: page}, is_api=False),
        Route("/health", {"GET": health}, is_api=False),
        Route("/metrics", {"GET": metrics}, is_api=False),
    )


def fault_routes(
    responses: ResponseFactory,
    faults_set: Callable[[], Faults | None],
    set_faults: Callable[[Faults | None], None],
) -> tuple[Route, ...]:
    """Make the route that shows and changes the faults."""

    def show(path: str, body: bytes) -> ServedResponse:
        faults = faults_set()
        words = () if faults is None else faults.arguments()
        return responses.value(200, dict(word.split("=", 1) for word in words))

    def change(path: str, body: bytes) -> ServedResponse:
        try:
            set_faults(faults_of(fault_arguments(body)))
        except ValueError as error:  # a FaultError too
            return responses.error(400, str(error))
        return show(path, body)

    def clear(path: str, body: bytes) -> ServedResponse:
        set_faults(None)
        return show(path, body)

    return (Route("/_faults", {"GET": show, "POST": change, "DELETE": clear}, is_api=False),)
