"""The service without a server: routes, bodies, service times, faults."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from time import monotonic
from typing import Any

import pytest

from harness.demo.behaviour.behaviour import Behaviour
from harness.demo.behaviour.valve import Valve
from harness.demo.http.app import App, Refusal
from harness.demo.http.responses import ResponseFactory
from harness.demo.metrics import RequestMetrics, registry_of
from harness.demo.routes import api_routes, fault_routes, operating_routes
from harness.demo.tasks import TaskStore
from harness.plan.faults import Faults
from harness.plan.variant import Variant
from tests.demo.exchange import Exchange, request


class Service:
    """The canary with waits that only write down until when they would wait."""

    def __init__(self, *faults: str) -> None:
        self.waits: list[float] = []
        self.valve = Valve(asyncio.get_running_loop().call_soon)
        self.behaviour = Behaviour(1, Variant.CANARY, Faults.parse(*faults), now_s=0.0)
        responses, metrics = ResponseFactory(Variant.CANARY), RequestMetrics()
        routes = (
            *api_routes(responses, TaskStore()),
            *operating_routes(responses, Variant.CANARY, registry_of(metrics), lambda: self.valve.is_open),
            *fault_routes(
                responses, lambda: self.behaviour.faults, lambda faults: self.behaviour.set(faults, 0.0)
            ),
        )
        self.app = App(
            routes,
            responses=responses,
            behaviour=self.behaviour,
            moments=self,
            valve=self.valve,
            metrics=metrics,
        )

    @property
    def came_s(self) -> float:
        return monotonic()

    def at(self, due_s: float, callback: Callable[[], object]) -> None:
        self.waits.append(due_s)
        callback()

    async def ask(self, method: str, path: str, body: bytes = b"", **more: Any) -> Exchange:
        return await request(self.app, method, path, body, **more)


def asked(method: str, path: str, body: bytes = b"", *faults: str, **more: Any) -> Exchange:
    async def once() -> Exchange:
        return await Service(*faults).ask(method, path, body, **more)

    return asyncio.run(once())


def with_service(check: Callable[[Service], Coroutine[Any, Any, None]], *faults: str) -> None:
    async def run() -> None:
        await check(Service(*faults))

    asyncio.run(run())


EVERYTHING = [
    ("GET", "/", 200),
    ("GET", "/health", 200),
    ("GET", "/metrics", 200),
    ("GET", "/_faults", 200),
    ("POST", "/_faults", 400),
    ("DELETE", "/_faults", 200),
    ("GET", "/api/tasks", 200),
    ("POST", "/api/tasks", 400),
    ("GET", "/api/tasks/7", 200),
    ("GET", "/api/tasks/999", 404),
    ("GET", "/api/tasks/1/2", 404),
    ("GET", "/api/tasks/", 404),
    ("GET", "/nowhere", 404),
    ("PUT", "/api/tasks", 405),
    ("BREW", "/health", 405),
]


@pytest.mark.parametrize(("method", "path", "status"), EVERYTHING)
def test_every_answer_has_its_status_and_names_the_variant(method: str, path: str, status: int) -> None:
    response = asked(method, path)

    assert response.status == status
    assert response.headers["x-variant"] == "canary"
    assert response.body


def test_health_names_variant_and_version() -> None:
    assert asked("GET", "/health").json() == {"status": "ok", "variant": "canary", "version": "1.1.0"}


def test_a_created_task_is_answered_with_its_place() -> None:
    async def check(service: Service) -> None:
        created = await service.ask("POST", "/api/tasks", b'{"title": "Rotate the keys"}')
        read = await service.ask("GET", created.headers["location"])

        assert created.status == 201
        assert (
            read.json()
            == created.json()
            == {"id": 21, "title": "Rotate the keys", "priority": "normal", "done": False}
        )

    with_service(check)


def test_a_wrong_method_is_answered_with_those_allowed() -> None:
    assert asked("DELETE", "/api/tasks").headers["allow"] == "GET, POST"
    assert asked("POST", "/api/tasks/3").headers["allow"] == "GET"


def test_a_refused_request_is_answered_why_at_once_and_counted() -> None:
    async def check(service: Service) -> None:
        response = await service.ask("POST", "/api/tasks", refusal=Refusal(413, "too long"))
        exposed = (await service.ask("GET", "/metrics")).body.decode()

        assert (response.status, response.json()) == (413, {"error": "too long"})
        assert service.waits == []
        assert 'http_requests_total{method="POST",path="/api/tasks",status="413"} 1.0' in exposed

    with_service(check)


@pytest.mark.parametrize(("method", "path", "status"), EVERYTHING)
def test_only_what_the_api_does_takes_service_time(method: str, path: str, status: int) -> None:
    async def check(service: Service) -> None:
        await service.ask(method, path)

        assert len(service.waits) == (path.startswith("/api/tasks") and status != 405)

    with_service(check)


@pytest.mark.parametrize(("method", "path", "status"), EVERYTHING)
def test_injected_errors_strike_the_api_alone(method: str, path: str, status: int) -> None:
    strikes = path.startswith("/api/tasks") and status != 405

    assert asked(method, path, b"", "errors=100%").status == (500 if strikes else status)


def test_a_stall_holds_the_api_and_makes_health_unwell() -> None:
    async def check(service: Service) -> None:
        service.valve.shut()
        held = asyncio.create_task(service.ask("GET", "/api/tasks"))
        health = await service.ask("GET", "/health")

        assert len(service.waits) == 1
        assert (health.status, health.json()["status"]) == (503, "stalled")
        assert (await service.ask("GET", "/metrics")).status == 200
        assert not held.done()
        service.valve.open()
        assert (await held).status == 200

    with_service(check)


def test_faults_are_set_shown_replaced_and_cleared() -> None:
    async def check(service: Service) -> None:
        await service.ask("POST", "/_faults", b'{"latency": "+25%", "slow-start": "5s"}')
        assert (await service.ask("GET", "/_faults")).json() == {"latency": "+25%", "slow_start": "5s"}

        await service.ask("POST", "/_faults", b'{"errors": "1%"}')
        assert service.behaviour.faults == Faults.parse("errors=1%")

        assert (await service.ask("DELETE", "/_faults")).json() == {}
        assert service.behaviour.faults is None

    with_service(check)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"latency=+25%", "not JSON"),
        (b"[]", "object of strings"),
        (b'{"errors": 0.5}', "object of strings"),
        (b'{"latncy": "+25%"}', "did you mean `latency`"),
        (b'{"latency": "25%"}', "no sign"),
    ],
)
def test_words_that_are_no_faults_change_nothing(body: bytes, said: str) -> None:
    async def check(service: Service) -> None:
        response = await service.ask("POST", "/_faults", body)

        assert response.status == 400
        assert said in response.json()["error"]
        assert service.behaviour.faults == Faults.parse("errors=1%")

    with_service(check, "errors=1%")


def test_what_clients_make_up_never_becomes_a_label() -> None:
    async def check(service: Service) -> None:
        for number in range(3):
            await service.ask("GET", f"/nowhere/{number}")
            await service.ask("GET", f"/api/tasks/{number}")
            await service.ask(f"BREW{number}", "/health")
        exposed = (await service.ask("GET", "/metrics")).body.decode()

        assert 'http_requests_total{method="GET",path="(unknown)",status="404"} 3.0' in exposed
        assert 'http_requests_total{method="(other)",path="/health",status="405"} 3.0' in exposed
        assert 'http_requests_total{method="GET",path="/api/tasks/{id}",status="200"} 2.0' in exposed
        assert "BREW" not in exposed

    with_service(check)


def test_the_list_is_json_of_twenty_tasks() -> None:
    response = asked("GET", "/api/tasks")

    assert response.headers["content-type"] == "application/json"
    assert len(json.loads(response.body)) == 20
