"""A variant that answers fast and says nothing is not taken for one that works."""

import shutil
import subprocess

import pytest

from harness.rollout.exit_code import ExitCode
from tests.ports import free_port
from tests.real.runs import run

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(shutil.which("nginx") is None, reason="needs nginx as the target"),
]

NGINX = """
daemon off; worker_processes 1; pid {directory}/nginx.pid; error_log {directory}/error.log;
events {{ worker_connections 512; }}
http {{
  access_log off; client_body_temp_path {directory}; keepalive_requests 1000000;
  server {{ listen 127.0.0.1:{page}; location / {{ return 200 "{text}"; }} }}
  server {{ listen 127.0.0.1:{coded}; gzip on; gzip_types *; location / {{ return 200 "{text}"; }} }}
  server {{ listen 127.0.0.1:{login}; location / {{ return 302 /login; }}
    location = /login {{ return 200 "{text}"; }} }}
  server {{ listen 127.0.0.1:{empty}; location / {{ return 200 ""; }} }}
}}
"""
PLAN = """
service: test
targets: {{baseline: "http://127.0.0.1:{baseline}", canary: "http://127.0.0.1:{canary}"}}
load: {{arrival_rate: 200/s, timeout: 2s}}
judge: {{block: 200ms, warmup: 200ms}}
generator: {{lateness_p99: 2s, cpu: 100%, achieved: 90%}}
stages:
  - {{name: one, weight: 50%, duration: 2s, interval: 200ms, criteria: [error rate < 10%]}}
"""
OWN = """
from locust import task

from harness.plugin import GateUser


class Reader(GateUser):
    @task
    def page(self):
        self.client.get("/", headers={"Accept-Encoding": "gzip"})
"""
LOCUSTS = """
from locust import FastHttpUser, HttpUser, task

import harness.plugin
from harness.load.compat import Gated


class Reader(Gated, {user}):
    @task
    def page(self):
        self.client.get("/")
"""
HTTP_USER, FAST_HTTP_USER = (LOCUSTS.format(user=user) for user in ("HttpUser", "FastHttpUser"))
SIZES = "responses of like size"


@pytest.fixture
def ports(tmp_path):
    """The ports of an nginx that answers with a page, with the same page coded by gzip, and with nothing."""
    directory = tmp_path / "nginx"
    directory.mkdir()
    of = {name: free_port() for name in ("page", "coded", "login", "empty")}
    (directory / "nginx.conf").write_text(
        NGINX.format(directory=directory, text="the same again " * 200, **of)
    )
    process = subprocess.Popen(
        ["nginx", "-c", str(directory / "nginx.conf"), "-e", str(directory / "error.log")]
    )
    try:
        yield of
    finally:
        process.terminate()
        process.wait(10)


def judged(directory, users, baseline, canary, *options):
    (directory / "users.py").write_text(users)
    return run(
        directory, PLAN.format(baseline=baseline, canary=canary), *options, users=directory / "users.py"
    )


@pytest.mark.parametrize(
    ("users", "options"),
    [(OWN, ["--processes", "2"]), (HTTP_USER, [])],
    ids=["GateUser in two processes", "HttpUser"],
)
def test_a_canary_that_answers_with_nothing_does_not_pass(tmp_path, ports, users, options):
    result = judged(tmp_path, users, ports["page"], ports["empty"], *options)
    assert result.code == ExitCode.INCONCLUSIVE, result.out + result.err
    reason = result.finding(SIZES)["reason"]
    assert reason.startswith("100% of the canary's responses to GET / were empty")


@pytest.mark.parametrize("users", [OWN, FAST_HTTP_USER], ids=["GateUser", "FastHttpUser"])
def test_a_canary_that_sends_everybody_to_its_login_page_does_not_pass(tmp_path, ports, users):
    result = judged(tmp_path, users, ports["page"], ports["login"])
    assert result.code == ExitCode.INCONCLUSIVE, result.out + result.err
    reason = result.finding("requests redirected alike")["reason"]
    assert reason.startswith("100% of the canary's requests GET / were redirected to /login")


@pytest.mark.parametrize("users", [OWN, FAST_HTTP_USER], ids=["GateUser", "FastHttpUser"])
def test_the_same_page_with_a_content_coding_is_no_smaller_page(tmp_path, ports, users):
    result = judged(tmp_path, users, ports["page"], ports["coded"])
    assert result.code == ExitCode.PASS, result.out + result.err
    assert SIZES not in {found["criterion"] for found in result.verdict["stages"][0]["findings"]}
