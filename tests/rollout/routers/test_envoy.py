from fractions import Fraction

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.plan.router import Envoy
from harness.rollout.routers.envoy import EnvoyRouter, fraction_text, read_fraction
from harness.rollout.routers.router import RouterError, apply_shares
from tests.rollout.conftest import THREE, TWO, split


def router(handler, variants=TWO):
    transport = httpx.MockTransport(handler)
    return EnvoyRouter(Envoy(admin="http://admin:1"), variants, lambda: httpx.Client(transport=transport))


def test_a_whole_percentage_is_written_as_a_number():
    assert [fraction_text(Fraction(n, 100)) for n in (0, 5, 100)] == ["0", "5", "100"]


@given(st.integers(0, 1_000_000))
def test_every_weight_of_a_millionth_survives_the_way_to_envoy_and_back(millionths):
    weight = Fraction(millionths, 1_000_000)
    assert read_fraction(fraction_text(weight)) == weight


def test_a_weight_finer_than_envoy_can_split_is_refused():
    with pytest.raises(RouterError, match="cannot set a weight of 1/3"):
        fraction_text(Fraction(1, 3))


@pytest.mark.parametrize("text", ["", "many", "{numerator: x}", "{numerator: 5, denominator: DOZEN}"])
def test_a_weight_envoy_would_not_write_is_refused(text):
    with pytest.raises(RouterError, match="reports a weight that cannot be read"):
        read_fraction(text)


def test_the_weight_is_set_and_asked_for_under_its_runtime_key():
    asked = []

    def answer(request):
        asked.append((request.method, request.url.path, dict(request.url.params)))
        return httpx.Response(200, json={"entries": {"canary.weight": {"final_value": "5"}}})

    apply_shares(router(answer), "canary-5", split(Fraction(1, 20)))
    assert asked == [
        ("POST", "/runtime_modify", {"canary.weight": "5"}),
        ("GET", "/runtime", {"format": "json"}),
    ]


def test_the_control_s_route_takes_what_lies_between_the_canary_s_share_and_the_sum_of_both():
    kept = {}

    def answer(request):
        kept.update(request.url.params if request.method == "POST" else {})
        return httpx.Response(
            200, json={"entries": {key: {"final_value": text} for key, text in kept.items()}}
        )

    apply_shares(router(answer, THREE), "canary-5", split(Fraction(1, 20), THREE))
    assert kept == {"canary.weight": "5", "control.weight": "10"}


def test_an_envoy_that_keeps_another_weight_is_named():
    answer = httpx.Response(200, json={"entries": {"canary.weight": {"final_value": "50"}}})
    with pytest.raises(RouterError, match=r"set to 5\.0000% for the canary and reports 50\.0000%"):
        apply_shares(router(lambda request: answer), "canary-5", split(Fraction(1, 20)))


def test_an_envoy_without_an_admin_layer_is_named():
    refusal = httpx.Response(503, text="No admin layer specified")
    with pytest.raises(RouterError, match="No admin layer specified"):
        router(lambda request: refusal).set_shares("canary-5", split(Fraction(1, 20)))


def test_an_envoy_that_does_not_know_the_key_is_named():
    with pytest.raises(RouterError, match=r"does not know the runtime key canary\.weight"):
        router(lambda request: httpx.Response(200, json={"entries": {}})).verify()


def test_an_envoy_that_is_gone_is_named():
    def refuse(request):
        raise httpx.ConnectError("connection refused")

    with pytest.raises(RouterError, match="does not answer: connection refused"):
        router(refuse).verify()
