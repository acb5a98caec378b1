"""A replay of a hostile log, through the real command, against services that note what they are asked for."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.real.runs import harness

pytestmark = pytest.mark.real

PLAN = """
service: shop
targets: {{baseline: "http://127.0.0.1:{baseline}", canary: "http://127.0.0.1:{canary}"}}
load: {{replay: access.log}}
judge: {{block: 500ms, warmup: 500ms}}
generator: {{lateness_p99: 2s, cpu: 100%, achieved: 90%}}
stages:
  - {{name: half, weight: 50%, duration: 4s, interval: 500ms, criteria: [error rate < 5%, p50 < 2s]}}
"""
LINE = '10.0.0.1 - - [10/Oct/2000:13:55:{second:02d} +0000] "{request}" 200 12 "-" "-"\n'


@contextmanager
def service(asked):
    """Answer everything, and note method, path, host and body's length."""

    class Noting(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def __getattr__(self, name):
            if name.startswith("do_"):
                return self.answer
            raise AttributeError(name)

        def answer(self):
            asked.append((self.command, self.path, self.headers["Host"]))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(b"ok")

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Noting) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            serving.join()


def test_a_hostile_log_is_replayed_to_the_targets_alone_and_only_with_their_own_paths(tmp_path):
    asked, elsewhere = {"baseline": [], "canary": []}, []
    with (
        service(asked["baseline"]) as baseline,
        service(asked["canary"]) as canary,
        service(elsewhere) as evil,
    ):
        host = f"127.0.0.1:{evil}"
        good = ["GET /tasks?page=2", "HEAD /", "GET /@x/..//y", "GET /a#b?c"]
        hostile = [
            f"GET http://{host}/absolute",
            f"GET //{host}/twice",
            rf"GET /\\{host}/back",
            f"GET user:secret@{host}/info",
            f"CONNECT {host}",
            rf"GET /split HTTP/1.1\r\nHost: {host}\r\n\r\nGET /second",
            r"GET /\x0d\x0aX-Evil:1",
            "GET *",
            "POST /pay",
            "DELETE /tasks/1",
        ]
        requests = [good[number % len(good)] for number in range(160)]
        for number, request in enumerate(hostile):
            requests.insert(16 * number + 3, request)
        text = "".join(
            LINE.format(second=number * 4 // len(requests), request=f"{request} HTTP/1.1")
            for number, request in enumerate(requests)
        )
        (tmp_path / "access.log").write_text(text)
        (tmp_path / "plan.yaml").write_text(PLAN.format(baseline=baseline, canary=canary))
        done = harness(tmp_path, "run", "plan.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "left out: 7 paths that are not the service's" in done.stdout + done.stderr
    assert elsewhere == []
    everything = [*asked["baseline"], *asked["canary"]]
    assert len(everything) >= 150
    assert {(method, path) for method, path, _ in everything} <= {
        ("GET", "/tasks?page=2"),
        ("HEAD", "/"),
        ("GET", "/@x/..//y"),
        ("GET", "/a"),
        ("GET", "/a#b?c"),
        # What a check before the load asks for.
        ("GET", "/"),
    }
    assert {host for *_, host in everything} == {f"127.0.0.1:{baseline}", f"127.0.0.1:{canary}"}
