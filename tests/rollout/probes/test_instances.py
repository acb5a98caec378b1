import asyncio

import httpx
import pytest

from harness.plan.loader import parse_plan
from harness.plan.model import Probes
from harness.rollout.probes.questions import ProbeTargets, questions_of

PLAN = """
service: test
targets: {baseline: "http://127.0.0.1:1", canary: "http://127.0.0.1:2"}
load: {arrival_rate: 10/s}
probes: {health: /health, metrics: /metrics, baseline: "http://old:1", canary: ["http://a:1", "http://b:1"]}
stages: [{name: one, weight: 50%, duration: 10s, criteria: [error rate < 1%]}]
"""
PAGE = (
    "process_cpu_seconds_total {cpu}\nprocess_resident_memory_bytes 5\nprocess_start_time_seconds {started}\n"
)


def asked_twice(handler, probes=None):
    """Ask a canary of two instances twice, ten seconds apart; return the last probe of each question."""

    async def ask_all():
        now_s = 0.0
        asked = ProbeTargets({"canary": "http://a:1"}, instances={"canary": ("http://a:1", "http://b:1")})
        async with httpx.AsyncClient(transport=httpx.MockTransport(handler)) as client:
            questions = questions_of(probes or Probes(metrics="/metrics"), asked, clock=lambda: now_s)
            clients = {"canary": client}
            await asyncio.gather(*(question(clients, now_s) for question in questions))
            now_s = 10.0
            return [await question(clients, now_s) for question in questions]

    return asyncio.run(ask_all())


def paged(answers):
    """Answer with the pages of each instance, one after the other."""
    pages = {host: iter(each) for host, each in answers.items()}
    return lambda request: next(pages[request.url.host])


def page(cpu, started=9):
    return httpx.Response(200, text=PAGE.format(cpu=cpu, started=started))


def test_what_the_instances_of_a_variant_use_is_added_up():
    (probe,) = asked_twice(paged({"a": [page(1), page(2)], "b": [page(5), page(8)]}))
    assert (probe.variant, probe.cpu, probe.memory_bytes, probe.restarts) == ("canary", 0.4, 10.0, 0)


def test_a_restart_of_one_instance_is_a_restart_and_its_other_instances_start_time_is_none():
    now = 2_000_000_000
    (probe,) = asked_twice(
        paged({"a": [page(1, now - 500), page(2, now - 500)], "b": [page(5, now - 90), page(0, now)]})
    )
    assert (probe.restarts, probe.several_processes) == (1, False)


def test_what_one_instance_does_not_tell_is_unknown_and_the_error_names_it():
    (probe,) = asked_twice(paged({"a": [page(1), page(2)], "b": [page(5), httpx.Response(503)]}))
    assert (probe.cpu, probe.memory_bytes, probe.restarts) == (None, None, None)
    assert probe.error == "http://b:1: HTTP 503"


@pytest.mark.parametrize(("status", "error"), [(200, None), (500, "http://b:1: HTTP 500")])
def test_a_variant_is_as_healthy_as_its_worst_instance(status, error):
    def answer(request):
        return httpx.Response(status if request.url.host == "b" else 200)

    (probe,) = asked_twice(answer, Probes(health="/health"))
    assert (probe.ok, probe.error) == (error is None, error)


def test_a_plan_names_one_address_or_one_for_each_instance():
    asked = ProbeTargets.probed(parse_plan(PLAN)).asked
    assert asked == {"baseline": ("http://old:1",), "canary": ("http://a:1", "http://b:1")}
