"""Real releases: real routers, a real Prometheus, real kills; small rates, because machines are busy."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from io import StringIO
from urllib.parse import urlsplit

import httpx
import pytest
from ruamel.yaml import YAML

from harness.app.verbs.rollback import roll_back
from harness.plan.router import Haproxy
from harness.record.run_directory import RunDirectory
from harness.report.wording import clock
from harness.rollout.exit_code import ExitCode
from harness.rollout.routers.started import StartedRouter
from tests.ports import free_port
from tests.real.runs import ROOT, finish, harness, run, start, wait_for_load
from tests.rollout.conftest import needs, service, variants_of  # noqa: F401 - service is a fixture
from tests.rollout.probes.answering import answering

pytestmark = pytest.mark.real

PLAN = """
service: tasks
seed: 7
targets: {targets}
{more}
load: {{arrival_rate: 300/s, max_in_flight: 64, timeout: 2s}}
probes: {{health: /health, metrics: /metrics, interval: 300ms{probes}}}
judge: {{block: 300ms, warmup: 300ms}}
generator: {{lateness_p99: 2s, cpu: 100%, achieved: 50%}}
stages:
  - {{name: half, weight: 50%, duration: {duration}, interval: 300ms, criteria: {criteria}}}
  - {{name: all, weight: 100%, duration: 2400ms, interval: 300ms, criteria: [error rate < 5%]}}
"""


def plan(targets="embedded", more="", probes="", duration="3s", criteria="[error rate < 5%]"):
    return PLAN.format(targets=targets, more=more, probes=probes, duration=duration, criteria=criteria)


def started_router(name, tmp_path):
    if name == "envoy":
        return f"router: {{envoy: {{admin: http://127.0.0.1:{free_port()}, start: true}}}}"
    return f"router: {{haproxy: {{socket: {tmp_path}/h.sock, start: true}}}}"


@contextmanager
def haproxy(tmp_path, service):  # noqa: F811 - the fixture's value
    """Yield the URL of a HAProxy that no run owns, and the plan text of its router."""
    socket_path = tmp_path / "h.sock"
    running = StartedRouter.start(Haproxy(socket=str(socket_path), start=True), service)
    try:
        yield running.url, f"router: {{haproxy: {{socket: {socket_path}}}}}"
    finally:
        running.stop()


def ingress(url):
    return f"{{ingress: {url}, variant_header: x-variant}}"


ROUTERS = [pytest.param(name, marks=needs(name)) for name in ("envoy", "haproxy")]


@pytest.mark.parametrize("name", ROUTERS)
def test_a_release_through_a_real_router_is_declared_from_what_the_answers_say(tmp_path, name):
    done = run(tmp_path, plan(more=started_router(name, tmp_path)))
    assert done.code == 0, done.out
    for stage, weight in enumerate((50.0, 100.0)):
        split = done.finding("split as planned", stage)
        assert split["outcome"] == "pass"
        assert split["limit"] == weight
    assert [event["state"] for event in done.event("state_changed")][-1] == "declared"


@pytest.mark.parametrize("name", ROUTERS)
def test_a_failed_stage_behind_a_real_router_is_rolled_back_in_the_traffic(tmp_path, name):
    broken = "{embedded: {canary: {errors: 50%}}}"
    router = started_router(name, tmp_path)
    done = run(tmp_path, plan(broken, more=router, duration="30s", criteria="[error rate < 5%]"))
    assert done.code == ExitCode.FAIL, done.out
    [back] = done.event("rolled_back")
    assert back["reason"] == "stage half cannot pass any more: error rate < 5%"
    assert not done.event("rollback_failed")


def test_a_value_exactly_at_its_limit_is_critical_and_fires_its_trigger(tmp_path):
    levels = 'levels: {restarts: {critical: ">= 1"}}\nrollback: [restarts >= 1 for 600ms]'
    with answering("1") as url:
        probes = f', prometheus: {{url: {url}, queries: {{restarts: "sum(restarts)"}}}}'
        done = run(tmp_path, plan(more=levels, probes=probes, duration="30s"))
    assert done.code == ExitCode.ROLLED_BACK, done.out
    assert done.event("rolled_back")[0]["reason"] == "trigger: restarts >= 1 for 600ms"
    assert done.finding("restarts >= 1")["outcome"] == "fail"
    assert [event["level"] for event in done.event("level_reached")] == ["critical"]


@needs("haproxy")
def test_a_router_that_ignores_the_weight_makes_the_stage_invalid_and_is_named(tmp_path, service):  # noqa: F811
    with haproxy(tmp_path, service) as (url, _):
        done = run(tmp_path, plan(ingress(url), more="router: {command: {command: ['true']}}"))
    assert done.code == ExitCode.INVALID, done.out
    assert done.verdict["stages"][0]["outcome"] == "invalid"
    assert done.finding("split as planned")["outcome"] == "invalid"


@needs("haproxy")
def test_after_a_kill_the_run_directory_is_enough_to_bring_the_baseline_back(tmp_path, service):  # noqa: F811
    with haproxy(tmp_path, service) as (url, router):
        process = start(tmp_path, plan(ingress(url), more=router, duration="60s"))
        wait_for_load(process, tmp_path)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        assert variants_of(url)["canary"] > 100
        assert roll_back(RunDirectory.open(tmp_path / "reports" / "latest")) == []
        assert variants_of(url) == {"baseline": 400}


@needs("haproxy")
def test_a_terminated_run_brings_the_baseline_back_before_it_ends(tmp_path, service):  # noqa: F811
    with haproxy(tmp_path, service) as (url, router):
        process = start(tmp_path, plan(ingress(url), more=router, duration="60s"))
        wait_for_load(process, tmp_path)
        process.send_signal(signal.SIGTERM)
        done = finish(process, tmp_path)
        assert variants_of(url) == {"baseline": 400}
    assert done.code == ExitCode.INTERRUPTED
    assert done.event("interrupted")[0]["signal"] == "SIGTERM"
    assert len(done.event("rolled_back")) == 1


@pytest.fixture
def breaking(service):  # noqa: F811
    """Return a command that has the canary fail 15 % of its requests; afterwards it is whole again."""
    faults = f"{service['canary']}/_faults"
    post = (
        f"import httpx; httpx.post({faults!r}, json={{'errors': '15%'}}, trust_env=False).raise_for_status()"
    )
    yield [sys.executable, "-c", post]
    httpx.delete(faults, trust_env=False).raise_for_status()


def production(breaking, counting, **settings):
    """Return the production plan with other settings; at 50 % it brings out a canary that fails."""
    plan = YAML(typ="safe").load((ROOT / "loadtests" / "plans" / "production.yaml").read_text())
    half = next(stage for stage in plan["stages"] if stage["name"] == "rollout-50")
    half["deploy"]["command"] = breaking
    plan["deploy"]["rollback"]["command"] = counting
    written = StringIO()
    YAML().dump({**plan, **settings}, written)
    return written.getvalue()


@needs("haproxy")
def test_a_canary_that_begins_to_fail_at_50_percent_fires_the_trigger_and_the_run_ends_with_12(
    tmp_path,
    service,  # noqa: F811
    breaking,
):
    counting = [sys.executable, "-c", f"open({str(tmp_path / 'backs')!r}, 'a').write('back ')"]
    with haproxy(tmp_path, service) as (url, router):
        text = production(
            breaking,
            counting,
            targets={"ingress": url, "variant_header": "x-variant"},
            probes={"health": "/health", "metrics": "/metrics", "interval": "10s", **service},
            load={"arrival_rate": "3000/s", "max_in_flight": 512, "timeout": "10s"},
            generator={"lateness_p99": "2s", "cpu": "100%", "achieved": "90%"},
            **YAML(typ="safe").load(router),
        )
        # Alone and 240 times faster the stage lasts 15 s, and the five minutes of the trigger are 1.25 s.
        done = run(tmp_path, text, "--stage", "rollout-50", "--time-scale", "240")
        assert variants_of(url) == {"baseline": 400}
    assert done.code == ExitCode.ROLLED_BACK, done.out
    [fired], [started] = done.event("trigger_fired"), done.event("stage_started")
    assert fired["trigger"] == "error rate > 10% for 1.25s"
    assert 1.25 <= fired["t_s"] - started["t_s"] < 10
    assert (tmp_path / "backs").read_text() == "back "
    [back] = done.event("rolled_back")
    assert back["reason"] == "trigger: error rate > 10% for 1.25s"
    assert back["after_first_bad_s"] < 10
    assert done.verdict["outcome"] == "fail"
    page = (done.path / "report.html").read_text()
    told = "Rollback trigger fired in rollout-50: error rate &gt; 10% for 1.25s"
    assert re.search(
        rf"{re.escape(clock(fired['t_s']))} <small>[^<]*</small></span></span> <bdi>{told}", page
    )


@pytest.mark.parametrize(
    ("command", "timeout", "says"),
    [
        (["sleep", "600"], "2s", "timed out after 2 s"),
        (["false"], "60s", "exit code 1"),
        ([sys.executable, "-c", "print('x' * 10**8); raise SystemExit(3)"], "60s", "exit code 3"),
        (["/no/such/deployment"], "60s", "cannot start /no/such/deployment: No such file or directory"),
    ],
    ids=["hangs", "exits with 1", "prints 100 MB", "is missing"],
)
def test_a_deploy_command_that_fails_is_rolled_back_before_any_load(tmp_path, command, timeout, says):
    back = f"open({str(tmp_path / 'backs')!r}, 'a').write('back ')"
    more = f"deploy: {{rollback: {{command: {json.dumps([sys.executable, '-c', back])}}}}}"
    deploy = f"deploy: {{command: {json.dumps(command)}, timeout: {timeout}}}, criteria"
    done = run(tmp_path, plan(more=more).replace("criteria", deploy, 1))
    assert done.code == ExitCode.INVALID, done.out
    [failed] = done.event("deploy_failed")
    assert failed["reason"] == says
    assert len(failed["output"]) < 5000
    assert done.event("rolled_back")[0]["reason"] == f"stage half could not be deployed: {says}"
    assert (tmp_path / "backs").read_text() == "back "
    assert not done.event("stage_started")
    assert done.verdict["outcome"] != "pass"


def test_a_leak_is_seen_with_its_slope(tmp_path):
    targets = "{embedded: {canary: {memory_leak: 8MB/s}}}"
    done = run(tmp_path, plan(targets, duration="12s", criteria="[system stable]"))
    assert done.code == ExitCode.FAIL, done.out
    found = done.finding("system stable")
    assert found["outcome"] == "fail"
    growth = "Growth of the canary's memory against the baseline's over the stage was"
    assert growth in found["reason"]


@contextmanager
def prometheus(tmp_path, rule, canary):
    """Yield the URL and the process of a real Prometheus that scrapes a canary and has one alert rule."""
    port = free_port()
    group = f"groups: [{{name: g, rules: [{{alert: Busy, expr: '{rule}', labels: {{severity: critical}}}}]}}]"
    (tmp_path / "rules.yml").write_text(group)
    target = urlsplit(canary).netloc
    (tmp_path / "prometheus.yml").write_text(
        "global: {scrape_interval: 1s, evaluation_interval: 1s}\nrule_files: [rules.yml]\n"
        f"scrape_configs: [{{job_name: canary, static_configs: [{{targets: ['{target}']}}]}}]\n"
    )
    command = [
        "prometheus",
        f"--config.file={tmp_path}/prometheus.yml",
        f"--storage.tsdb.path={tmp_path}/tsdb",
    ]
    command += [f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            yield wait_for_scrape(f"http://127.0.0.1:{port}"), process
        finally:
            process.terminate()


def wait_for_scrape(url):
    ends_s = time.monotonic() + 30
    while time.monotonic() < ends_s:
        try:
            answer = httpx.get(f"{url}/api/v1/query", params={"query": "up == 1"}, trust_env=False).json()
            if answer["data"]["result"]:
                return url
        except (httpx.HTTPError, ValueError):
            pass  # it is not there yet, or says "Service Unavailable" while it starts
        time.sleep(0.1)
    raise AssertionError("Prometheus did not start")


def asked(url):
    return f", prometheus: {{url: '{url}', alerts: 'severity=\"critical\"'}}"


def direct(service):  # noqa: F811 - the fixture's value
    return f"{{baseline: {service['baseline']}, canary: {service['canary']}}}"


@needs("prometheus")
def test_an_alert_of_a_real_prometheus_cuts_the_stage_short_and_brings_the_baseline_back(
    tmp_path,
    service,  # noqa: F811
):
    under_load = 'sum(rate(http_requests_total{path=~"/api.*"}[3s])) > 20'
    with prometheus(tmp_path, under_load, service["canary"]) as (url, _):
        text = plan(direct(service), probes=asked(url), duration="60s", criteria="[no critical alerts]")
        done = run(tmp_path, text)
    assert done.code == ExitCode.FAIL, done.out
    [failed] = done.event("failed_early")
    assert (failed["stage"], failed["criterion"]) == ("half", "no critical alerts")
    assert failed["reason"] == "The critical alert Busy fired, 0 are allowed."
    assert done.finding("no critical alerts")["outcome"] == "fail"
    assert done.event("stage_finished")[0]["due"] < 30 * 300
    [back] = done.event("rolled_back")
    assert back["reason"] == "stage half cannot pass any more: no critical alerts"
    assert done.verdict["not_run"] == ["all"]
    before = (done.path / "verdict.json").read_bytes()
    harness(tmp_path, "judge", str(done.path))
    assert (done.path / "verdict.json").read_bytes() == before


@needs("prometheus")
def test_a_prometheus_killed_on_the_way_costs_the_pass_and_not_the_run(tmp_path, service):  # noqa: F811
    with prometheus(tmp_path, "up == 0", service["canary"]) as (url, server):
        text = plan(direct(service), probes=asked(url), duration="6s", criteria="[no critical alerts]")
        process = start(tmp_path, text)
        wait_for_load(process, tmp_path)
        server.kill()
        done = finish(process, tmp_path)
    assert done.code != 0
    assert done.verdict["stages"][0]["outcome"] != "pass"
    assert done.event("stage_judged")
