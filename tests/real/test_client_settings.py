"""One plan's TLS settings and headers reach everybody who talks to its targets, its secrets nobody else."""

import json
import os
import ssl
import subprocess
import sys
import threading
from collections import Counter
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from tests.client.proxy import proxying
from tests.load.certificates import certificates

__all__ = ["certificates"]
SECRET = "s3cr3t-t0ken-4711"
PROMETHEUS_SECRET = "pr0m-s3cr3t-4712"
PROXY_SECRET = "pr0xy-s3cr3t-4713"
SECRETS = (SECRET, PROMETHEUS_SECRET, PROXY_SECRET)
MARK = "HARNESS_TEST_OF_CLIENT_SETTINGS"
ROOT = Path(__file__).parents[2]
USERS = """\
from harness.plugin import GateUser
from locust import task


class Shop(GateUser):
    @task
    def browse(self):
        self.client.get("/api/tasks")
"""
PLAN = """\
service: ${SERVICE:-shop}
targets: {baseline: "https://shop.invalid:${PORT}", canary: "https://127.0.0.1:1"}
allow_hosts: [shop.invalid, 127.0.0.1]
resolve: {shop.invalid: 127.0.0.1}
proxy: "${PROXY}"
tls: {ca_file: CERTIFICATES/ca.pem, cert_file: CERTIFICATES/client.pem, server_name: localhost}
headers: {authorization: "Bearer ${TOKEN}", x-literal: "PROMETHEUS_SECRET"}
load: {arrival_rate: 20/s, max_in_flight: 4}
generator: {lateness_p99: 5s, achieved: 10%}
judge: {warmup: 1s, block: 1s}
probes:
  health: /health
  metrics: /metrics
  interval: 1s
  prometheus:
    url: https://localhost:${PORT}
    bearer_file: bearer
    tls: {ca_file: CERTIFICATES/ca.pem, cert_file: CERTIFICATES/client.pem}
    queries: {queue depth: sum(queue_depth)}
deploy: {rollback: {command: ["true"]}}
stages:
  - {name: canary-50, weight: 50%, duration: 4s, interval: 1s, criteria: [error rate < 1%]}
"""


class Service(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    answered: ClassVar = Counter()

    def do_GET(self):
        path = self.path.partition("?")[0]
        secret = PROMETHEUS_SECRET if path == "/api/v1/query" else SECRET
        granted = self.headers.get("authorization") == f"Bearer {secret}"
        self.answered[path, granted] += 1
        text = b"process_cpu_seconds_total 1\nprocess_resident_memory_bytes 1e6\n"
        if path == "/api/v1/query":
            result = {"resultType": "scalar", "result": [0, "3"]}
            text = json.dumps({"status": "success", "data": result}).encode()
        self.send_response(200 if granted else 401)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


@pytest.fixture
def names():
    return []


@pytest.fixture
def port(certificates, names):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "server.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(certificates / "ca.pem")
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    Service.answered.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture
def proxy():
    with proxying("me", PROXY_SECRET) as running:
        yield running


@contextmanager
def watching_processes():
    """Yields what every process of the gate shows: which one it is, its command line and its environment."""
    seen, ended = set(), threading.Event()

    def look():
        while not ended.wait(0.05):
            for process in Path("/proc").glob("[0-9]*"):
                with suppress(OSError):
                    words = (process / "cmdline").read_text(errors="replace").replace("\0", " ")
                    if " -m harness" in words or "locust" in words:
                        environ = (process / "environ").read_text(errors="replace")
                        if MARK in environ:
                            seen.add((who(words), words, environ))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        ended.set()
        thread.join(5)


def who(words):
    modules = [word for word in words.split() if word in {"run", "report"} or word.startswith("harness.")]
    return modules[0] if modules else "load"


@pytest.mark.real
def test_load_checks_probes_monitor_preflight_and_rollback_use_one_block_and_keep_its_secrets(
    certificates, port, proxy, names, tmp_path
):
    project = tmp_path / "project/loadtests"
    (project / "plans").mkdir(parents=True)
    (project / "shop.py").write_text(USERS)
    text = PLAN.replace("CERTIFICATES", str(certificates)).replace("PROMETHEUS_SECRET", PROMETHEUS_SECRET)
    plan = project / "plans/canary.yaml"
    plan.write_text(text)
    here = tmp_path / "here"
    here.mkdir()
    (here / "bearer").write_text(f"{PROMETHEUS_SECRET}\n")
    environment = {**os.environ, "PORT": str(port), "TOKEN": SECRET, "HARNESS_RUNS": str(tmp_path / "kept")}
    address = f"http://me:{PROXY_SECRET}@127.0.0.1:{proxy.port}"
    environment |= {MARK: "1", "PROXY": address, "HTTPS_PROXY": "http://127.0.0.1:9"}
    said = []

    def harness(*words):
        command = [sys.executable, "-m", "harness", *map(str, words)]
        done = subprocess.run(
            command, cwd=here, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        said.append(done.stdout + done.stderr)
        return done

    canary = ("--canary", f"https://shop.invalid:{port}", "--release", "1.10")
    with watching_processes() as seen:
        run = harness("run", plan, *canary, "--headless")
    # What eighty requests come to is not the matter here.
    assert run.returncode in {0, 10, 11, 13}, said
    kept = tmp_path / "kept/latest"
    probes = [json.loads(line) for line in (kept / "probes.jsonl").read_text().splitlines()]
    assert {probe.get("error") for probe in probes} <= {None}
    assert {probe["value"] for probe in probes if probe.get("name") == "queue depth"} == {3.0}
    assert harness("monitor", "--plan", plan, *canary, "--duration", 0.05, "--interval", 1).returncode == 0
    ready = harness("preflight", plan, *canary[:2], "--json")
    assert {item["met"] for item in json.loads(ready.stdout)["items"] if "answer" in item["what"]} == {True}
    assert harness("rollback", kept, "--yes").returncode == 0
    assert harness("judge", kept).returncode == run.returncode
    assert not [path for path, granted in Service.answered if not granted]
    assert {"/api/tasks", "/health", "/metrics", "/api/v1/query"} <= {path for path, _ in Service.answered}
    assert set(names) == {"localhost"}
    assert set(proxy.lines) == {f"CONNECT 127.0.0.1:{port} HTTP/1.1"}
    assert {"harness.rollout.probes", "harness.live.evaluation", "report"} <= {who for who, _, _ in seen}
    assert not [words for _, words, _ in seen if any(secret in words for secret in SECRETS)]
    knowing = {who for who, _, environ in seen if any(secret in environ for secret in SECRETS)}
    assert knowing <= {"run", "harness.load"}, "others have no use for secrets"
    written = [path for path in (tmp_path / "kept").rglob("*") if path.is_file()]
    assert len(written) > 10
    for secret in SECRETS:
        assert not [path for path in written if secret.encode() in path.read_bytes()]
        assert not [text for text in said if secret in text]
    recorded = json.loads((kept / "run.json").read_text())
    assert recorded["variables"] == {"PORT": str(port), "PROXY": "***", "TOKEN": "***"}
    assert recorded["release"]["version"] == "1.10"
    assert recorded["set"][0] == f'targets.canary="https://shop.invalid:{port}"'
