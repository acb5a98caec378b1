"""A plan may say where hosts are: for all, or for each variant of one name."""

import pytest

from harness.client.access import Access
from harness.plan.loader import PlanError, parse_plan
from tests.plan.client.test_proxy import planned, problems


def addresses(more, name):
    return Access.to_target(planned(more), name).addresses


def test_a_host_has_the_addresses_of_the_plan_for_everybody():
    text = "resolve: {CANARY.example: 10.0.0.7, stable.example: [10.0.0.5, '::1']}"
    for name in ("baseline", "canary"):
        assert addresses(text, name) == {
            "canary.example": ("10.0.0.7",),
            "stable.example": ("10.0.0.5", "::1"),
        }


def test_one_name_may_have_addresses_for_each_variant():
    text = "resolve: {canary.example: {baseline: 10.0.0.5, canary: [10.0.0.7, 10.0.0.8]}}"
    assert addresses(text, "baseline") == {"canary.example": ("10.0.0.5",)}
    assert addresses(text, "canary") == {"canary.example": ("10.0.0.7", "10.0.0.8")}
    assert addresses(text, "prometheus") == {}


def test_a_plan_that_resolves_reads_back_as_it_was_written():
    plan = planned("resolve: {canary.example: {canary: 10.0.0.7}, stable.example: 10.0.0.5}")
    document = plan.to_document()["resolve"]
    assert document == {"canary.example": {"canary": ["10.0.0.7"]}, "stable.example": ["10.0.0.5"]}


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{localhost: 203.0.113.5}", "`localhost` is this machine; name another host"),
        ("{a.localhost: 203.0.113.5}", "`a.localhost` is this machine; name another host"),
        ("{10.0.0.1: 203.0.113.5}", "`10.0.0.1` is an address itself; write the name of a host"),
        ("{canary.example: other.example}", "`other.example` is not an IP address"),
        ("{canary.example: {}}", "no address; write for example `canary: 10.0.0.7`"),
        ("{canary.example: {green: 10.0.0.7}}", "unknown key `green`"),
    ],
)
def test_what_is_no_host_and_no_address_is_refused_with_its_line(written, said):
    [problem] = problems(f"resolve: {written}")
    assert problem.startswith("plan.yaml:6: ")
    assert said in problem


def test_a_proxy_that_reads_http_requests_resolves_their_hosts_itself():
    more = "resolve: {canary.example: 10.0.0.7}\nproxy: http://proxy.example:3128"
    assert problems(more, "http") == [
        "plan.yaml:6: the proxy itself resolves the hosts of http targets; remove it"
    ]
    assert planned(more, "https").proxy is not None


def test_a_router_has_the_same_addresses_for_all_variants():
    text = """\
service: shop
targets: {ingress: "https://app.example", variant_header: x-variant}
allow_hosts: [app.example]
load: {arrival_rate: 5/s}
resolve: {app.example: WHAT}
stages: [{name: one, weight: 5%, duration: 10m, criteria: [error rate < 1%]}]
"""
    assert parse_plan(text.replace("WHAT", "10.0.0.7")).resolve == {"app.example": ("10.0.0.7",)}
    with pytest.raises(PlanError, match="the router has the same addresses for all variants"):
        parse_plan(text.replace("WHAT", "{canary: 10.0.0.7}"))
