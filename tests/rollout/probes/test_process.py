import json
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from harness.plan.loader import parse_plan
from harness.process.child import ChildError
from harness.record.run_directory import RunDirectory
from harness.record.run_info import run_info
from harness.rollout.probes.process import start_probing
from harness.rollout.probes.questions import ProbeTargets

PLAN = """
service: tasks
targets: embedded
load: {arrival_rate: 10/s}
probes: {health: /health, interval: 50ms}
judge: {block: 1s, warmup: 0s}
stages: [{name: one, weight: 5%, duration: 1s, interval: 1s, criteria: ["p95 < 1s"]}]
"""


class Healthy(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def url():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Healthy)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def run(tmp_path):
    info = run_info(parse_plan(PLAN), "plan", 1.7e9)
    return RunDirectory.create(tmp_path, "plan", PLAN, info)


def wait_for_probes(run, number):
    ends_s = time.monotonic() + 30
    while len(run.probes().records) < number:
        assert time.monotonic() < ends_s, "no probes came"
        time.sleep(0.02)


def test_probes_of_both_variants_are_in_the_run_directory_and_their_clock_is_the_runs(run, url):
    t0_s = time.perf_counter()
    process = start_probing(run, ProbeTargets({"baseline": url, "canary": url}), t0_s)
    process.until_ready()
    wait_for_probes(run, 4)
    assert process.problem() is None
    process.stop()
    records = run.probes().records
    assert {record.variant for record in records} == {"baseline", "canary"}
    assert all(record.ok and 0 < record.t_s < time.perf_counter() - t0_s for record in records)


def test_the_process_that_probes_ends_when_its_run_is_gone(run, url):
    asked = {"urls": {"canary": url}, "variant_header": None, "accesses": {}, "instances": {}}
    settings = json.dumps({**asked, "t0_s": 0.0})
    child = subprocess.Popen(
        [sys.executable, "-m", "harness.rollout.probes", str(run.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with child:
        child.stdin.write(f"{settings}\n".encode())
        child.stdin.flush()
        assert child.stdout.readline() == b"ready\n"
        child.stdin.close()
        assert child.wait(30) == 0


def test_a_probing_process_that_cannot_start_is_an_error(tmp_path, url):
    gone = RunDirectory(tmp_path / "gone", {})
    with pytest.raises(ChildError, match="did not start"):
        start_probing(gone, ProbeTargets({"canary": url}), 0.0).until_ready()
