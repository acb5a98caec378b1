"""A variant that answers fast and says nothing is not taken for one that works."""

import pytest

from harness.rollout.exit_code import ExitCode
from tests.ports import free_port
from tests.real.nginx import NEEDS_NGINX, running_nginx
from tests.real.runs import run

pytestmark = [pytest.mark.real, NEEDS_NGINX]

SERVERS = {
    "page": 'location / {{ return 200 "{text}"; }}',
    "coded": 'gzip on; gzip_types *; location / {{ return 200 "{text}"; }}',
    "login": 'location / {{ return 302 /login; }} location = /login {{ return 200 "{text}"; }}',
    "empty": 'location / {{ return 200 ""; }}',
}
TEXT = "the same again " * 200
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
    """The ports of an nginx that answers with a page, coded by gzip, after a redirect, and with nothing."""
    of = {name: free_port() for name in SERVERS}
    servers = [
        f"server {{ listen 127.0.0.1:{of[name]}; {answer.format(text=TEXT)} }}"
        for name, answer in SERVERS.items()
    ]
    with running_nginx(tmp_path / "nginx", *servers):
        yield of


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
    assert reason.startswith("100% of the canary's GET / requests were redirected to /login")


@pytest.mark.parametrize("users", [OWN, FAST_HTTP_USER], ids=["GateUser", "FastHttpUser"])
def test_the_same_page_with_a_content_coding_is_no_smaller_page(tmp_path, ports, users):
    result = judged(tmp_path, users, ports["page"], ports["coded"])
    assert result.code == ExitCode.PASS, result.out + result.err
    assert SIZES not in {found["criterion"] for found in result.verdict["stages"][0]["findings"]}
