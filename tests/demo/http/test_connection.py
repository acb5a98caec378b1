"""Connections over real sockets, to an application that answers when it is told to."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import uvloop

from harness.demo.http.app import Respond, ServedRequest
from harness.demo.http.connection import date_line
from harness.demo.http.responses import ResponseFactory
from harness.demo.http.server import VariantServer
from harness.demo.http.sockets import HOST, listen
from harness.demo.http.turns import Turns
from harness.plan.variant import Variant

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Held:
    """An application that holds `/slow` until released, and answers the others with their path and body."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._held: list[Callable[[], object]] = []
        self._responses = ResponseFactory(Variant.CANARY)

    def handle(self, request: ServedRequest, respond: Respond) -> None:
        self.asked.append(request.path)
        if request.refusal:
            respond(self._responses.error(*request.refusal))
        elif request.path == "/slow":
            self._held.append(lambda: respond(self._responses.json(200, b'"slow"')))
        else:
            respond(self._responses.json(200, request.path.encode() + request.body))

    def release(self) -> None:
        for callback in self._held:
            callback()
        self._held.clear()

    async def has_asked(self, number: int) -> None:
        while len(self.asked) < number:
            await asyncio.sleep(0.001)


class Service:
    def __init__(self, app: Any, server: VariantServer, port: int) -> None:
        self.app, self.server, self._port = app, server, port
        self._writers: list[asyncio.StreamWriter] = []

    async def connect(self, sends: bytes = b"") -> Streams:
        streams = await asyncio.open_connection(HOST, self._port)
        streams[1].write(sends)
        self._writers.append(streams[1])
        return streams

    async def end(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        await self.server.close(0)


def with_service(check: Callable[[Service], Awaitable[None]]) -> None:
    async def run() -> None:
        app: Any = Held()
        listening = listen(0)
        turns = Turns(asyncio.get_running_loop())
        service = Service(app, VariantServer(app, listening, turns), listening.getsockname()[1])
        service.server.open()
        try:
            await asyncio.wait_for(check(service), 20)
        finally:
            await service.end()
            turns.close()

    uvloop.run(run())


def get(path: str, *headers: str, method: str = "GET") -> bytes:
    return "\r\n".join((f"{method} {path} HTTP/1.1", "host: x", *headers, "", "")).encode()


async def answer(reader: asyncio.StreamReader, has_body: bool = True) -> tuple[int, dict[str, str], bytes]:
    """One response: status, headers, body."""
    status_line, *lines = (
        (await reader.readuntil(b"\r\n\r\n")).decode().removesuffix("\r\n\r\n").split("\r\n")
    )
    headers = dict(line.split(": ", 1) for line in lines)
    body = await reader.readexactly(int(headers["content-length"])) if has_body else b""
    return int(status_line.split()[1]), headers, body


def test_a_connection_carries_one_request_after_the_other() -> None:
    async def check(service: Service) -> None:
        reader, writer = await service.connect()
        for path in ("/a", "/b", "/c"):
            writer.write(get(path))
            status, headers, body = await answer(reader)

            assert (status, body) == (200, path.encode())
            assert headers["x-variant"] == "canary"
            assert headers["date"].endswith(" GMT")
            assert "connection" not in headers

    with_service(check)


def test_requests_sent_together_are_answered_in_their_order() -> None:
    async def check(service: Service) -> None:
        paths = ["/slow", *(f"/{number}" for number in range(3000))]
        reader, _ = await service.connect(b"".join(map(get, paths)))
        await service.app.has_asked(1)
        assert service.app.asked == ["/slow"]

        service.app.release()
        assert [(await answer(reader))[2] for _ in paths] == [b'"slow"', *(p.encode() for p in paths[1:])]

    with_service(check)


def test_a_client_that_waits_holds_up_no_other() -> None:
    async def check(service: Service) -> None:
        half, _ = await service.connect(get("/a")[:-3])
        slow, _ = await service.connect(get("/slow"))
        reader, _ = await service.connect(get("/b"))

        assert (await answer(reader))[2] == b"/b"
        await service.app.has_asked(2)
        service.app.release()
        assert (await answer(slow))[2] == b'"slow"'
        assert not half.at_eof()

    with_service(check)


def test_a_client_that_takes_no_answers_is_not_listened_to_for_ever() -> None:
    async def check(service: Service) -> None:
        reader, writer = await service.connect()
        writer.transport.pause_reading()
        request = b"POST / HTTP/1.1\r\ncontent-length: 60000\r\n\r\n" + b"x" * 60_000
        sent = 0
        while writer.transport.get_write_buffer_size() < 200_000:
            writer.write(request)
            sent += 1
            await asyncio.sleep(0.001)
        asked = len(service.app.asked)

        assert asked < sent
        writer.transport.resume_reading()
        for _ in range(sent):
            assert len((await answer(reader))[2]) == 60_001

    with_service(check)


def test_head_is_answered_without_a_body() -> None:
    async def check(service: Service) -> None:
        reader, writer = await service.connect(get("/a", method="HEAD"))
        status, headers, _ = await answer(reader, has_body=False)
        writer.write(get("/b"))

        assert (status, headers["content-length"]) == (200, "2")
        assert (await answer(reader))[2] == b"/b"

    with_service(check)


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (get("/a", "connection: close"), 200),
        (b"GET /a HTTP/1.0\r\n\r\n", 200),
        (b"\x00\xff no HTTP at all\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\ncontent-length: 9000000\r\n\r\n" + b"x" * 500_000, 413),
    ],
)
def test_the_last_answer_says_so_and_the_connection_closes(request_bytes: bytes, status: int) -> None:
    async def check(service: Service) -> None:
        reader, _ = await service.connect(request_bytes + get("/never"))
        last = await answer(reader)

        assert (last[0], last[1]["connection"]) == (status, "close")
        assert await reader.read() == b""
        assert "/never" not in service.app.asked

    with_service(check)


def test_http_1_0_stays_open_when_asked_to() -> None:
    async def check(service: Service) -> None:
        reader, writer = await service.connect()
        for _ in range(2):
            writer.write(b"GET /a HTTP/1.0\r\nconnection: keep-alive\r\n\r\n")
            assert (await answer(reader))[1]["connection"] == "keep-alive"

    with_service(check)


def test_a_client_that_ends_its_side_still_gets_what_it_asked() -> None:
    async def check(service: Service) -> None:
        reader, writer = await service.connect(get("/slow") + get("/b"))
        writer.write_eof()
        await service.app.has_asked(1)
        service.app.release()

        assert (await answer(reader))[2] == b'"slow"'
        assert (await answer(reader))[2] == b"/b"
        assert await reader.read() == b""

    with_service(check)


def test_an_answer_to_a_client_that_is_gone_harms_nobody() -> None:
    async def check(service: Service) -> None:
        _, writer = await service.connect(get("/slow"))
        await service.app.has_asked(1)
        writer.transport.abort()
        other, _ = await service.connect(get("/b"))
        await answer(other)
        service.app.release()
        reader, _ = await service.connect(get("/c"))

        assert (await answer(reader))[2] == b"/c"

    with_service(check)


def test_a_client_told_to_go_on_sends_its_body() -> None:
    async def check(service: Service) -> None:
        reader, writer = await service.connect(
            get("/", "expect: 100-continue", "content-length: 2", method="POST")
        )
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"ok")

        assert (await answer(reader))[2] == b"/ok"

    with_service(check)


def test_closing_lets_answers_go_out_and_ends_idle_connections_and_new_ones() -> None:
    async def check(service: Service) -> None:
        idle, _ = await service.connect()
        slow, _ = await service.connect(get("/slow"))
        await service.app.has_asked(1)
        closing = asyncio.create_task(service.server.close(10))

        assert await idle.read() == b""
        with pytest.raises(ConnectionRefusedError):
            await service.connect()
        assert not closing.done()
        service.app.release()
        assert (await answer(slow))[1]["connection"] == "close"
        await closing

    with_service(check)


def test_closing_waits_no_longer_than_the_grace_and_then_resets() -> None:
    async def check(service: Service) -> None:
        reader, _ = await service.connect(get("/slow"))
        await service.app.has_asked(1)
        await service.server.close(0.05)

        with pytest.raises(ConnectionResetError):
            await reader.read()

    with_service(check)


def test_a_shut_door_resets_what_is_owed_closes_what_is_idle_and_opens_on_its_port_again() -> None:
    async def check(service: Service) -> None:
        idle, _ = await service.connect(get("/a"))
        await answer(idle)
        slow, _ = await service.connect(get("/slow"))
        await service.app.has_asked(2)
        service.server.shut()
        service.server.shut()

        with pytest.raises(ConnectionResetError):
            await slow.read()
        assert await idle.read() == b""
        with pytest.raises(ConnectionRefusedError):
            await service.connect()
        service.app.release()
        service.server.open()
        reader, _ = await service.connect(get("/b"))
        assert (await answer(reader))[2] == b"/b"

    with_service(check)


def test_the_date_is_written_as_http_wants_it() -> None:
    assert date_line(784111777) == b"date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
