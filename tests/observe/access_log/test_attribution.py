"""Whose a logged request is."""

import pytest

from harness.observe.access_log.attribution import LogAttribution
from harness.observe.variant_values import Owner
from harness.plan.traffic.traffic import VariantField

BASELINE, CANARY = "10.0.0.5:8080", "10.0.0.7:8080"


def owner(value, upstream="10.0.0.5:8080", *, has_upstream=True, has_addresses=False, **rule):
    rule = VariantField.model_validate({"field": "f", "canary": [CANARY], **rule})
    attribution = LogAttribution(rule, has_addresses=has_addresses)
    return attribution.owner(value, upstream, has_upstream=has_upstream)[:2]


def given_up(tries, **rule):
    rule = VariantField.model_validate({"field": "f", "canary": [CANARY], **rule})
    return LogAttribution(rule, has_addresses=True).owner(tries, tries, has_upstream=True).is_given_up


def test_without_a_rule_for_the_baseline_whoever_is_not_the_canary_is():
    assert owner(CANARY) == (Owner.CANARY, False)
    assert owner("anybody") == (Owner.BASELINE, False)


def test_with_a_rule_for_both_a_stranger_is_unattributed():
    assert owner(BASELINE, baseline=BASELINE) == (Owner.BASELINE, False)
    assert owner("anybody", baseline=BASELINE) == (Owner.UNATTRIBUTED, False)


@pytest.mark.parametrize(
    ("pattern", "value", "is_canary"),
    [
        ("tasks-v2-*", "tasks-v2-9f8c", True),
        ("tasks-v2-*", "a tasks-v2-9f8c", False),
        ("10.0.1.?", "10.0.1.77", False),
        ("/^v2[.]/", "v2.1", True),
        ("/v2$/", "tasks-v2", True),
        ("v2", "V2", False),
        ("10.0.0.7", "10.0.0.77", False),
    ],
)
def test_values_are_compared_whole_with_wildcards_or_by_an_expression(pattern, value, is_canary):
    assert (owner(value, canary=[pattern])[0] is Owner.CANARY) is is_canary


@pytest.mark.parametrize("upstream", ["", "-", None, "<NOSRV>", "<CACHE>"])
def test_what_no_upstream_was_asked_for_is_the_router_s_own(upstream):
    assert owner(CANARY, upstream) == (Owner.ROUTER, False)
    assert owner(CANARY, upstream, has_upstream=False)[0] is Owner.CANARY


@pytest.mark.parametrize("value", ["", "-", None])
def test_a_request_whose_upstream_is_known_and_whose_variant_is_not_belongs_to_nobody(value):
    assert owner(value) == (Owner.UNATTRIBUTED, False)


@pytest.mark.parametrize("tries", [f"{CANARY}, {BASELINE}", f"-, {CANARY}, {BASELINE}"])
def test_a_retried_request_belongs_to_whom_was_asked_first(tries):
    assert owner(tries, tries) == (Owner.CANARY, True)


@pytest.mark.parametrize(
    ("tries", "is_given_up"),
    [
        (f"{CANARY}, {BASELINE}", True),
        (f"{BASELINE}, {CANARY}", True),
        (f"{CANARY}, {CANARY}", False),
        (f"{CANARY}, {BASELINE}, {CANARY}", False),
        (f"{CANARY}, group", False),
        (CANARY, False),
    ],
)
def test_a_variant_in_whose_place_the_router_asked_another_one_failed(tries, is_given_up):
    assert given_up(tries) is is_given_up
    assert given_up(tries, baseline=[BASELINE]) is is_given_up


def test_a_request_sent_from_one_variants_group_to_the_others_is_nobodys():
    tries = f"{CANARY} : {BASELINE}"
    assert owner(tries, tries, baseline=[BASELINE]) == (Owner.UNATTRIBUTED, True)
    assert not given_up(tries, baseline=[BASELINE])


@pytest.mark.parametrize("rule", [{}, {"baseline": [BASELINE]}])
def test_a_request_that_a_variant_sent_on_to_a_server_of_files_is_its_own(rule):
    tries = f"{CANARY} : 10.0.0.9:80"
    assert owner(tries, tries, **rule) == (Owner.CANARY, True)


def test_a_value_that_is_no_text_is_compared_as_it_is_written():
    assert owner(2, canary=["2"])[0] is Owner.CANARY


def test_a_group_of_which_no_server_could_be_asked_is_nobody_s_unless_the_plan_names_it():
    group = {"upstream": "canary_pool", "has_addresses": True}
    assert owner("canary_pool", **group) == (Owner.ROUTER, False)
    assert owner("canary_pool", canary=[CANARY, "canary_pool"], **group) == (Owner.CANARY, False)
    tried = f"{CANARY}, canary_pool"
    assert owner(tried, tried, has_addresses=True) == (Owner.CANARY, False)


@pytest.mark.parametrize("address", ["[::1]:8080", "unix:/run/tasks.sock", "10.0.0.5:80"])
def test_whatever_has_a_colon_is_an_address(address):
    assert owner(address, address, has_addresses=True) == (Owner.BASELINE, False)
