import asyncio

import httpx
import pytest

from harness.plan.model import Probes, Prometheus
from harness.record.probes import PROBES
from harness.rollout.probes.prometheus import alert_names, one_number
from harness.rollout.probes.questions import ProbeTargets, questions_of

URLS = {"canary": "http://canary:1"}
PAGE = "process_cpu_seconds_total 1\nprocess_resident_memory_bytes 5\nprocess_start_time_seconds 9\n"


def answers(plan_probes, handler, asked=None):
    """Ask every question once and return the probes, each of which can be written."""

    async def ask_all():
        async with httpx.AsyncClient(transport=httpx.MockTransport(handler)) as client:
            questions = questions_of(plan_probes, asked or ProbeTargets(URLS), clock=lambda: 1.0)
            clients = dict.fromkeys(("canary", "ingress", "prometheus"), client)
            return [await question(clients, 7.0) for question in questions]

    probes = asyncio.run(ask_all())
    assert [PROBES.parse(PROBES.line_of(probe)) for probe in probes] == probes
    assert {probe.t_s for probe in probes} == {7.0}
    return probes


def test_a_health_check_keeps_status_and_latency():
    [probe] = answers(Probes(health="/health"), lambda request: httpx.Response(200))
    assert (probe.ok, probe.status, probe.latency_s, probe.error) == (True, 200, 0.0, None)


@pytest.mark.parametrize("status", [301, 404, 503])
def test_only_an_answer_of_success_is_healthy(status):
    [probe] = answers(Probes(health="/health"), lambda request: httpx.Response(status))
    assert (probe.ok, probe.error) == (False, f"HTTP {status}")


def test_a_refused_connection_is_a_record_with_its_reason():
    def refuse(request):
        raise httpx.ConnectError("connection refused")

    [probe] = answers(Probes(health="/health"), refuse)
    assert (probe.ok, probe.status, probe.error) == (False, None, "no answer: connection refused")


def test_a_hanging_service_is_given_up_after_the_time_limit():
    async def hang(request):
        await asyncio.Event().wait()

    health, metrics = answers(Probes(health="/health", metrics="/metrics", timeout_s=0.01), hang)
    assert health.error == metrics.error == "no answer within 0.01 s"


def test_an_endless_answer_is_cut_off():
    def endless(request):
        return httpx.Response(200, content=b"x" * ((16 << 20) + 1))

    _, metrics = answers(Probes(health="/health", metrics="/metrics"), endless)
    assert "larger than 16 MB" in metrics.error


def test_metrics_tell_memory_and_restarts_from_the_first_scrape():
    [probe] = answers(Probes(metrics="/metrics"), lambda request: httpx.Response(200, text=PAGE))
    assert (probe.memory_bytes, probe.restarts, probe.cpu) == (5.0, 0, None)


def test_behind_a_router_the_answer_says_whose_it_is():
    asked = ProbeTargets({"ingress": "http://router:1"}, "X-Variant")
    [probe] = answers(
        Probes(health="/health"), lambda request: httpx.Response(200, headers={"x-variant": "canary"}), asked
    )
    assert probe.variant == "canary"


def test_an_answer_that_names_no_known_variant_belongs_to_the_router():
    asked = ProbeTargets({"ingress": "http://router:1"}, "x-variant")
    [probe] = answers(
        Probes(health="/health"), lambda request: httpx.Response(503, headers={"x-variant": "evil"}), asked
    )
    assert probe.variant == "ingress"


def test_a_query_and_the_alerts_of_a_prometheus_server():
    seen = []

    def serve(request):
        seen.append(request.url.params["query"])
        alerts = "ALERTS" in seen[-1]
        sample = {"metric": {"alertname": "Slow"} if alerts else {}, "value": [1.0, "42.5"]}
        return httpx.Response(
            200, json={"status": "success", "data": {"resultType": "vector", "result": [sample]}}
        )

    server = Prometheus(url="http://p:9", queries={"queue depth": "sum(q)"}, alerts='severity="critical"')
    query, alerts = answers(Probes(prometheus=server), serve)
    assert (query.value, alerts.firing) == (42.5, ("Slow",))
    assert seen == ["sum(q)", 'ALERTS{alertstate="firing",severity="critical"}']


def test_a_prometheus_server_that_is_gone_leaves_records_with_errors():
    server = Prometheus(url="http://p:9", queries={"depth": "q"}, alerts="")
    query, alerts = answers(Probes(prometheus=server), lambda request: httpx.Response(502))
    assert (query.value, query.error) == (None, "HTTP 502")
    assert (alerts.firing, alerts.error) == ((), "HTTP 502")


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        ({"resultType": "vector", "result": []}, "0 series"),
        ({"resultType": "vector", "result": [{}, {}]}, "2 series"),
        ({"resultType": "matrix", "result": []}, "matrix"),
        ({"resultType": "scalar", "result": [0, "NaN"]}, "NaN"),
        ({"resultType": "scalar", "result": "x"}, "that Prometheus does not give"),
        ({"resultType": "scalar", "result": [0, None]}, "that Prometheus does not give"),
    ],
)
def test_a_query_that_gives_no_single_number_says_so(result, reason):
    with pytest.raises(ValueError, match=reason):
        one_number({"status": "success", "data": result})


@pytest.mark.parametrize("document", [None, [], {"status": "error"}, {"status": "success", "data": 3}])
def test_what_is_no_answer_of_prometheus_is_refused(document):
    with pytest.raises(ValueError, match="not from a Prometheus server"):
        alert_names(document)
