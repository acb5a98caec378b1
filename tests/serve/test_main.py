"""`harness serve` through the real command, with real runs behind it."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.real.runs import ROOT, WITHIN_S, harness, plan
from tests.serve.test_reply import DOCUMENTED

pytestmark = pytest.mark.real
TOKEN = "16688eb5e9f289f1991c"


@pytest.fixture
def serving(tmp_path):
    """A server in a directory of its own, which may be made to answer."""
    (tmp_path / "plan.yaml").write_text(plan())
    command = [sys.executable, "-m", "harness.cli.main", "serve", "canary=plan.yaml#one", "--port", "0"]
    with subprocess.Popen(
        [*command, "--locust=-f", f"--locust={ROOT / 'loadtests'}", "--locust=--only-summary"],
        cwd=tmp_path,
        env={**os.environ, "HARNESS_SERVE_TOKEN": TOKEN},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        port = int(process.stdout.readline().split()[0].rpartition(":")[2])
        yield tmp_path, process, port
        process.terminate()
        process.communicate(timeout=WITHIN_S)


def post(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("POST", "/flagger/canary", DOCUMENTED)
    response = connection.getresponse()
    answer = response.status, json.loads(response.read())["data"]
    connection.close()
    return answer


def test_a_real_run_is_started_once_and_its_verdict_answers(serving):
    directory, _, port = serving
    end_s = time.monotonic() + WITHIN_S
    while (answer := post(port))[1]["running"]:
        assert answer[0] == 409
        assert time.monotonic() < end_s, "waited in vain"
        time.sleep(0.5)
    status, data = answer
    assert (status, data["outcome"]) == (200, "pass"), data
    assert (directory / "reports" / data["run"] / "report.html").exists()


def test_a_server_that_is_ended_ends_its_run_which_keeps_its_evidence(serving):
    directory, process, port = serving
    assert post(port)[0] == 409
    end_s = time.monotonic() + WITHIN_S
    while not list(directory.glob("reports/latest/stages/*.hlog")):
        assert time.monotonic() < end_s, "waited in vain"
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    assert process.wait(WITHIN_S) == 0
    assert (directory / "reports/latest/verdict.json").exists()


def test_without_a_token_or_with_a_bad_plan_the_server_does_not_start(tmp_path):
    (tmp_path / "plan.yaml").write_text(plan())
    refused = harness(tmp_path, "serve", "canary=plan.yaml")
    assert refused.returncode == 2
    assert "HARNESS_SERVE_TOKEN" in refused.stderr
    (tmp_path / "token").write_text(TOKEN)
    refused = harness(tmp_path, "serve", "canary=none.yaml", "--token-file", "token")
    assert refused.returncode == 2
    assert "none.yaml: cannot be read" in refused.stderr
