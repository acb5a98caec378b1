"""The mix of requests of both variants."""

from collections import Counter

from harness.judge.windows.mix import MAX_GROUPS, Mix


def mix(canary, baseline):
    return Mix(Counter(canary), Counter(baseline))


def test_an_equal_mix_is_compared_endpoint_by_endpoint():
    equal = mix({"a": 900, "b": 100}, {"a": 9000, "b": 1000})
    assert equal.groups == (("a",), ("b",))
    assert (equal.moved, equal.incomparable) == (None, None)


def test_a_different_mix_of_the_same_endpoints_can_be_compared_and_is_told():
    uneven = mix({"a": 800, "b": 200}, {"a": 9000, "b": 1000})
    assert uneven.moved.difference == 0.1
    assert uneven.incomparable is None
    assert "20% of the canary's requests and 10% of the baseline's" in uneven.moved.spoken


def test_an_endpoint_that_one_variant_never_had_cannot_be_compared():
    missing = mix({"a": 900}, {"a": 9000, "b": 1000})
    assert missing.incomparable.endpoint == "b"
    assert missing.single == ("a",)


def test_endpoints_with_few_requests_are_compared_together():
    rare = mix({"a": 10_000, "b": 1, "c": 5}, {"a": 10_000, "b": 7, "c": 0})
    assert rare.groups == (("a",), ("b", "c"))
    assert (rare.moved, rare.incomparable) == (None, None)


def test_only_the_largest_endpoints_are_compared_by_themselves():
    many = {f"/{number:03}": 100 + number for number in range(200)}
    both = mix(many, many)
    assert len(both.single) == MAX_GROUPS
    assert both.single[0] == "/199"
    assert sum(map(len, both.groups)) == 200


def test_without_requests_of_a_variant_there_is_no_mix_to_compare():
    assert mix({}, {"a": 5}).moved is None
    assert mix({}, {}).groups == ()
