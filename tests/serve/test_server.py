"""The server over real sockets: token, bounds, and nothing run that was not offered."""

import http.client
import json
import re
import socket
import threading

import pytest

from harness.rollout.exit_code import ExitCode
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
