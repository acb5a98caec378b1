"""The server over real sockets: token, bounds, and nothing run that was not offered."""

import http.client
import json
import re
import socket
import threading

import pytest

from harness.rollout.exit_code import ExitCode
from harness.serve.connections import MAX_CONNECTIONS, REQUEST_WITHIN_S, Connections
from harness.serve.secret import Secret
from harness.serve.server import MAX_BODY_BYTES, GateServer
from tests.docs.pages import ROOT
from tests.serve.test_reply import DOCUMENTED

TOKEN = "16688eb5e9f289f1991c"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def server(runs, offer):
    with GateServer(("127.0.0.1", 0), {"canary": offer}, runs.registry, Secret(TOKEN)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def ask(server):
    def ask(method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    return ask


def test_flaggers_documented_request_runs_the_plan_and_gets_its_verdict(ask, runs):
    assert ask("POST", "/flagger/canary", DOCUMENTED)[0] == 409
    runs.end(ExitCode.PASS)
    status, answer = ask("POST", "/flagger/canary", DOCUMENTED)
    assert (status, answer["data"]["passed"]) == (200, True)


def test_argos_documented_request_runs_the_plan_and_gets_its_verdict(ask, runs):
    assert ask("GET", "/argo/canary?release=6f5d8c", headers=BEARER)[0] == 409
    runs.end(ExitCode.FAIL)
    status, answer = ask("POST", "/argo/canary?release=6f5d8c", '{"key": "string value"}', BEARER)
    assert status == 200
    assert (answer["data"]["passed"], answer["data"]["failed"]) == (False, True)
    assert ask("POST", "/flagger/canary/rollback", DOCUMENTED)[0] == 403


def test_a_verdict_is_discarded_with_the_token_alone(ask, runs):
    ask("GET", "/argo/canary?release=6f5d8c", headers=BEARER)
    runs.end(ExitCode.FAIL)
    assert ask("POST", "/forget/canary?release=6f5d8c")[0] == 401
    assert ask("POST", "/forget/canary?release=6f5d8c", headers=BEARER)[0] == 200
    assert ask("POST", "/forget/canary?release=6f5d8c", headers=BEARER)[0] == 404


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}, {"Authorization": "é"}],
)
def test_without_the_token_nothing_is_run(ask, runs, headers):
    assert ask("GET", "/argo/canary?release=a", headers=headers)[0] == 401
    assert ask("POST", "/flagger/canary", DOCUMENTED.replace(TOKEN.encode(), b"x"), headers)[0] == 401
    assert runs.started == []


@pytest.mark.parametrize(
    "path", ["/argo/other?release=a", "/argo/%2e%2e?release=a", "/argo/canary/x", "/", "//[", "/run"]
)
def test_what_is_not_offered_is_not_run(ask, runs, path):
    assert ask("GET", path, headers=BEARER)[0] in {400, 404}
    assert runs.started == []


def test_a_command_in_the_request_is_only_text(ask, runs):
    body = json.loads(DOCUMENTED)
    body["metadata"] |= {"cmd": "touch /tmp/owned", "type": "bash", "plan": "other.yaml"}
    assert ask("POST", "/flagger/canary", json.dumps(body))[0] == 409
    assert runs.started == ["canary"]
    runs.end(ExitCode.PASS)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Length": str(MAX_BODY_BYTES + 1)}, 413),
        ({"Content-Length": "-1"}, 400),
        ({"Content-Length": "9" * 40}, 400),
        ({"Transfer-Encoding": "chunked"}, 411),
    ],
)
def test_a_body_is_bounded(ask, headers, status):
    assert ask("POST", "/flagger/canary", None, headers)[0] == status


def test_the_addresses_the_how_to_gives_are_answered(ask, runs):
    page = (ROOT / "docs/how-to/with-flagger-and-argo-rollouts.md").read_text()
    paths = [
        path.replace("canary-5", "canary") for path in re.findall(r"http://gate\.test:8790(/[^\s\"{]+)", page)
    ]
    assert len(paths) == 4
    for path in paths:
        asked = ("GET", f"{path}6f5d8c") if "argo" in path else ("POST", path, DOCUMENTED)
        assert ask(*asked, headers=BEARER)[0] in {403, 409}
    runs.end(ExitCode.PASS)


def test_the_health_check_needs_no_token_and_tells_nothing(ask):
    assert ask("GET", "/health") == (200, {"ok": True})


def test_a_client_that_disconnects_leaves_the_others_alone(ask, server):
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", server.server_port)) as client:
            client.sendall(b"POST /flagger/canary HTTP/1.1\r\nContent-Length: 500\r\n\r\nhalf")
    assert ask("GET", "/health")[0] == 200


@pytest.mark.parametrize("head", [b"", b"POST /flagger/canary HTTP/1.1\r\nContent-Length: 9\r\n\r\n", b"GET"])
def test_slow_clients_without_the_token_do_not_silence_one_that_has_it(ask, server, runs, head):
    slow = [socket.create_connection(("127.0.0.1", server.server_port)) for _ in range(3 * MAX_CONNECTIONS)]
    for client in slow:
        client.sendall(head)
    try:
        assert ask("GET", "/argo/canary?release=6f5d8c", headers=BEARER)[0] == 409
        runs.end(ExitCode.PASS)
    finally:
        for client in slow:
            client.close()


@pytest.mark.parametrize("line", [b"\x16\x03\x01\x02", b"GET", b"GET / HTTP/9.9.9", b"GET /" + b"a" * 70_000])
def test_what_is_not_http_is_answered_in_json(server, line):
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=10) as client:
        client.sendall(line + b"\r\n\r\n")
        head, _, body = client.makefile("rb").read().partition(b"\r\n\r\n")
    assert re.match(rb"HTTP/1\.0 4\d\d ", head)
    assert list(json.loads(body)) == ["error"]


def test_a_body_that_ends_early_is_refused(server):
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=10) as client:
        client.sendall(b"POST /flagger/canary HTTP/1.1\r\nContent-Length: 9\r\n\r\n{}")
        client.shutdown(socket.SHUT_WR)
        assert b" 400 " in client.makefile("rb").readline()


def test_a_request_has_a_time_in_total_however_its_bytes_come():
    now_s = [0.0]
    connections = Connections(lambda: now_s[0])
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert connections.admit(ours)
        for now_s[0] in range(int(REQUEST_WITHIN_S) + 1):
            theirs.sendall(b"x")
            connections.cut_slow()
            assert ours.recv(1) == b"x"
        now_s[0] = REQUEST_WITHIN_S + 0.1
        connections.cut_slow()
        assert ours.recv(1) == b""


def test_a_client_that_has_shown_the_token_makes_room_for_nobody():
    connections = Connections(lambda: 0.0, max_connections=1)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert connections.admit(ours)
        connections.trust(ours)
        assert not connections.admit(theirs)
        connections.leave(ours)
        assert connections.admit(theirs)
