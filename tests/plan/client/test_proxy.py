"""A proxy is used only where the plan names one, is a secret as a whole, and lies where load may go."""

import pytest

from harness.client.access import Access, accesses_of
from harness.client.proxy import Proxy
from harness.plan.client.proxy import is_untold
from harness.plan.loader import PlanError, parse_plan
from harness.plan.overrides.values import Overrides

PLAN = """\
service: shop
targets: {baseline: "TARGETS://stable.example", canary: "TARGETS://canary.example"}
allow_hosts: [stable.example, canary.example, proxy.example]
load: {arrival_rate: 5/s}
stages: [{name: one, weight: 5%, duration: 10m, criteria: [error rate < 1%]}]
"""


def planned(more, targets="https", variables=None):
    overrides = Overrides(variables=variables)
    return parse_plan(PLAN.replace("TARGETS", targets) + more, "plan.yaml", overrides=overrides)


def problems(more, targets="https"):
    with pytest.raises(PlanError) as raised:
        planned(more, targets)
    return [str(problem) for problem in raised.value.problems]


def test_no_proxy_is_used_unless_the_plan_names_one_and_an_empty_variable_names_none():
    asked = {"HTTPS_PROXY": "http://proxy.example:3128"}
    assert Access.to_target(planned("", variables=asked), "canary").proxy is None
    text = 'proxy: "${HTTPS_PROXY:-}"'
    assert Access.to_target(planned(text, variables=asked), "canary").proxy == Proxy("proxy.example", 3128)
    assert Access.to_target(planned(text, variables={}), "canary").proxy is None


def test_a_proxy_is_written_nowhere_and_its_password_is_told_as_basic_authorization():
    plan = planned('proxy: "http://me:s3%40cr3t@proxy.example"')
    proxy = Access.to_target(plan, "canary").proxy
    assert (proxy.host, proxy.port, proxy.user, proxy.password) == ("proxy.example", 80, "me", "s3@cr3t")
    assert proxy.authorization == "Basic bWU6czNAY3IzdA=="
    assert "cr3t" not in f"{plan!r}{plan.to_document()}{proxy!r}{proxy}{proxy.url}"
    assert plan.to_document()["proxy"] == "***"


@pytest.mark.parametrize("address", ["***", "http://me:***@proxy.example:3128", "http://***:***"])
def test_the_proxy_of_a_run_directory_is_not_told(address):
    plan = planned(f'proxy: "{address}"')
    assert is_untold(plan.proxy)
    assert Access.to_target(plan, "canary").proxy is None


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://me:s3cr3t@proxy.example", "only a proxy that is reached by plain http is supported"),
        ("socks5://me:s3cr3t@proxy.example", "only a proxy that is reached by plain http is supported"),
        ("http://me:s3cr3t@", "not the address of a proxy"),
        ("http://me:s3cr3t@proxy.example/path", "not the address of a proxy"),
        ("http://me:s3cr3t@proxy.example:99999", "the port is not a number"),
    ],
)
def test_what_is_no_proxy_is_refused_without_showing_it(address, said):
    [problem] = problems(f'proxy: "{address}"')
    assert problem.startswith("plan.yaml:6: proxy: ")
    assert said in problem
    assert "s3cr3t" not in problem


def test_load_goes_through_no_host_that_is_not_allowed():
    [problem] = problems("proxy: http://other.example:3128")
    assert problem == (
        "plan.yaml:6: load may not be sent through `other.example`; write it into `allow_hosts` if it may"
    )


def test_a_prometheus_server_has_a_proxy_of_its_own():
    probes = "{prometheus: {url: http://prometheus.example, proxy: http://other.example:8080}}"
    accesses = accesses_of(planned(f"probes: {probes}"), ["canary"])
    assert accesses["canary"].proxy is None
    assert accesses["prometheus"].proxy == Proxy("other.example", 8080)


def test_the_embedded_service_is_reached_without_a_proxy():
    lines = [line for line in PLAN.splitlines() if not line.startswith("targets")]
    plan = parse_plan("\n".join([*lines, "targets: embedded", "proxy: http://proxy.example:3128"]))
    assert Access.to_target(plan, "canary").proxy is None
