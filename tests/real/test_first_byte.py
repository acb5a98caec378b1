"""Time to first byte against a service that is late with its head, or with its body."""

import subprocess
import sys

import pytest

from tests.real.runs import ROOT, run

pytestmark = pytest.mark.real

USERS = """
from locust import task

from harness.plugin import GateUser


class Late(GateUser):
    @task
    def head(self):
        self.client.get("/late-head")

    @task
    def body(self):
        self.client.get("/late-body")
"""
PLAN = """
service: late
targets: {{baseline: "http://127.0.0.1:{port}", canary: "http://127.0.0.1:{port}"}}
load: {{arrival_rate: 200/s, max_in_flight: 200, timeout: 5s}}
judge: {{block: 500ms, warmup: 500ms}}
generator: {{lateness_p99: 2s, cpu: 100%, achieved: 90%}}
stages:
  - name: one
    weight: 50%
    duration: 8s
    interval: 500ms
    criteria: [ttfb p95 < 2s]
    endpoints:
      GET /late-head: [p95 ttfb < 300ms for 5s]
      GET /late-body: [p95 ttfb < 300ms, p95 < 300ms for 5s]
"""


@pytest.fixture
def port():
    command = [sys.executable, "-m", "tests.real.late"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as service:
        yield int(service.stdout.readline())
        service.terminate()


def test_a_late_head_breaks_a_limit_on_the_first_byte_and_a_late_body_does_not(tmp_path, port):
    (tmp_path / "late.py").write_text(USERS)
    result = run(tmp_path, PLAN.format(port=port), users=tmp_path / "late.py")
    found = {(f["endpoint"], f["criterion"]): f for f in result.verdict["stages"][0]["findings"]}
    head, early, late = (
        found[endpoint, criterion]
        for endpoint, criterion in (
            ("GET /late-head", "ttfb p95 < 300ms for 5s"),
            ("GET /late-body", "ttfb p95 < 300ms"),
            ("GET /late-body", "p95 < 300ms for 5s"),
        )
    )
    # Both variants are the same service, so what breaks its limit breaks it on both and accuses nobody.
    assert (head["outcome"], early["outcome"], late["outcome"]) == ("inconclusive", "pass", "inconclusive")
    assert early["observed"] < 300
    assert min(head["observed"], late["observed"]) >= 500
    page = (result.path / "report.html").read_text()
    assert "p95 first byte" in page
    assert "time to first byte" in page
