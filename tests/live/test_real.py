"""A real run with its page and its metrics, watched by a browser's requests and by a real Prometheus."""

import json
import math
import subprocess

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.live.watching import HERE, PROMETHEUS, PROMTOOL, QUERIES, Prometheus, get, until, watch
from tests.ports import free_port
from tests.real.runs import finish, start, wait_for_load

pytestmark = pytest.mark.real

PLAN = """
service: tasks
seed: 7
targets: {embedded: {canary: {errors: 2%}}}
load: {arrival_rate: 300/s, max_in_flight: 400, timeout: 2s}
probes: {health: /health, interval: 1s}
judge: {block: 500ms, warmup: 1500ms}
# A busy machine must not decide these tests.
generator: {lateness_p99: 2s, cpu: 100%, achieved: 90%}
levels:
  p95: {warning: "> 150ms", critical: "> 10s"}
  error rate: {warning: "> 1%", critical: "> 50%"}
rollback: [error rate > 90% for 60s, service down for 60s]
stages:
  - {name: one, weight: 50%, duration: 14s, interval: 500ms, criteria: [error rate < 20%, p50 < 5s]}
  - {name: two, weight: 100%, duration: 5s, interval: 500ms, criteria: [error rate < 20%, p50 < 5s]}
"""


def open_run(directory, port, *options):
    return start(directory, PLAN, "--headful", "--web-host", HERE, "--web-port", str(port), *options)


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    """One run, everything seen of it, and what it left."""
    directory = tmp_path_factory.mktemp("watched")
    port, metrics_port = free_port(), free_port()
    process = open_run(directory, port, "--metrics-port", str(metrics_port))
    seen = watch(port, metrics_port, process)
    return seen, finish(process, directory)


@pytest.fixture(scope="module")
def last(watched):
    return watched[0].states[-1]


def test_the_run_needs_no_click_and_ends_with_the_verdicts_code(watched):
    _, result = watched
    assert result.code == 0, result.err
    assert result.verdict["outcome"] == "pass"


def test_the_page_and_the_link_to_it_are_there(watched):
    seen, _ = watched
    status, headers, text = seen.page
    assert status == 200
    assert "Stop and roll back" in text
    assert "script-src 'sha256-" in headers["Content-Security-Policy"]
    assert "/gate/" in seen.locusts_page


def test_the_last_state_has_the_numbers_of_the_verdict(last, watched):
    verdict = watched[1].verdict
    stage = verdict["stages"][-1]
    assert last["verdict"]["outcome"] == verdict["outcome"]
    assert [s["outcome"] for s in last["stages"]] == [s["outcome"] for s in verdict["stages"]]
    shown = last["now"]
    assert {name: v["requests"] for name, v in shown["variants"].items()} == stage["requests"]
    assert shown["dropped"] == stage["dropped"]
    assert {q: stage["lateness_us"][q] for q in ("p50", "p95", "p99")} == shown["lateness_us"]


def test_the_last_percentile_and_error_rate_are_those_of_the_verdict(last, watched):
    findings = {f["criterion"]: f for f in watched[1].verdict["stages"][-1]["findings"]}
    p50_us = last["now"]["variants"]["canary"]["p50"]
    assert p50_us / 1e3 == pytest.approx(findings["p50 < 5s"]["observed"], rel=2e-3)
    (error_rate,) = [p for p in last["criteria"] if p["criterion"].startswith("error rate")]
    observed = findings["error rate < 20%"]["observed"]
    assert float(error_rate["observed"].rstrip("%")) == pytest.approx(observed, rel=1e-2)


def test_the_states_of_the_run_were_seen(watched):
    states = {state["state"] for state in watched[0].states}
    assert {"warming", "measuring", "declared"} <= states
    assert any(" judged: " in event["text"] for event in watched[0].states[-1]["events"])
    assert watched[0].states[-1]["errors"][0]["what"][3] == "HTTP 500"


def test_findings_were_shown_while_the_stage_ran(watched):
    seen, result = watched
    heard = [state["findings"] for state in seen.states if state["findings"]]
    criteria = [finding["criterion"] for finding in heard[0]["findings"]]
    assert criteria == [f["criterion"] for f in result.verdict["stages"][0]["findings"]][:2]
    assert all(finding["reason"] for finding in heard[-1]["findings"])


def test_counters_only_ever_grow(watched):
    before = {}
    for text in watched[0].expositions:
        now = {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(text)
            if family.type in ("counter", "histogram")
            for sample in family.samples
        }
        assert before.keys() <= now.keys()
        assert all(now[key] >= value for key, value in before.items())
        before = now
    assert len(before) > 100


def test_the_last_metrics_count_the_requests_of_the_verdict(watched):
    seen, result = watched
    counted = {
        (sample.labels["stage"], sample.labels["variant"]): sample.value
        for family in text_string_to_metric_families(seen.expositions[-1])
        for sample in family.samples
        if sample.name == "gate_requests_total"
    }
    for stage in result.verdict["stages"]:
        for variant, requests in stage["requests"].items():
            assert counted[stage["name"], variant] == requests


@pytest.mark.skipif(PROMTOOL is None, reason="needs promtool")
def test_promtool_has_no_objection(watched):
    for text in (watched[0].expositions[0], watched[0].expositions[-1]):
        done = subprocess.run(
            [PROMTOOL, "check", "metrics"], check=False, input=text, capture_output=True, text=True
        )
        assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.skipif(PROMETHEUS is None, reason="needs Prometheus")
def test_every_query_of_the_dashboard_returns_data_from_a_headless_run(tmp_path):
    port = free_port()
    process = start(tmp_path, PLAN, "--metrics-port", str(port))
    prometheus = Prometheus(tmp_path, port)
    try:
        wait_for_load(process, tmp_path, windows=3)
        count = 'count_over_time(gate_requests_total{stage="one",variant="canary"}[1m])'
        until(process, lambda: (prometheus.ask(count) or [0])[0] >= 8)
        found = prometheus.ask_all()
    finally:
        prometheus.stop()
    assert finish(process, tmp_path).code == 0
    assert list(found) == QUERIES
    empty = [query for query, values in found.items() if not any(map(math.isfinite, values))]
    assert empty == []


def test_the_button_stops_the_run_rolls_back_and_ends_with_130(tmp_path):
    port = free_port()
    process = open_run(tmp_path, port)
    wait_for_load(process, tmp_path)
    site = f"http://{HERE}:{port}"
    url = f"{site}/gate/stop"
    foreign = {"X-Gate-Confirmed": "yes", "Origin": "http://elsewhere.example"}
    for path in ("/gate/stop", "/stop", "/swarm", "/stats/reset", "/user"):
        assert get(site + path, foreign, "POST")[0] == 403
        assert get(site + path, {"Sec-Fetch-Site": "cross-site"}, "POST")[0] == 403
    for path in ("/", "/stats/requests", "/gate/"):
        assert get(site + path, {"Host": f"elsewhere.example:{port}"})[0] == 403
    assert get(f"{site}/stats/reset", {"Origin": site}, "POST")[0] == 200
    assert get(f"{site}/")[0] == 200
    assert process.poll() is None
    own = {"X-Gate-Confirmed": "yes", "Origin": f"http://{HERE}:{port}"}
    assert get(url, own, "POST")[0] == 202
    result = finish(process, tmp_path)
    assert result.code == 130
    assert result.event("interrupted")[0]["signal"] == "the stop button of the live page"
    assert result.event("rolled_back")
    assert json.loads((result.path / "verdict.json").read_text())["outcome"] == "invalid"


def test_a_port_in_use_is_one_clear_line(tmp_path):
    port = free_port()
    result = finish(
        start(
            tmp_path,
            PLAN,
            "--headful",
            "--web-host",
            HERE,
            "--web-port",
            str(port),
            "--metrics-port",
            "1000000",
        ),
        tmp_path,
    )
    assert result.code == 2
    assert result.path is None
    assert "a port is a number from 0 to 65535" in result.err
