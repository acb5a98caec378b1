"""Counts of requests beside their times: they add up, survive the wire, and are bounded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.record.histograms.endpoints import OTHERS, Endpoints
from harness.record.histograms.tallies import MAX_SIZE_BITS, OTHER, Tallies, count_kind

variants, endpoints = st.sampled_from(["baseline", "canary"]), st.sampled_from(["GET /a", "GET /b"])
kinds = st.dictionaries(st.tuples(variants, endpoints, st.text(max_size=5)), st.integers(1, 9), max_size=5)
sizes = st.dictionaries(
    st.tuples(variants, endpoints, st.integers(0, MAX_SIZE_BITS)), st.integers(1, 9), max_size=5
)


@st.composite
def tallies(draw):
    found = Tallies()
    for counts in (found.errors, found.declared, found.accepted, found.redirected):
        counts.update(draw(kinds))
    found.sizes.update(draw(sizes))
    return found


def totals(found):
    return {name: sum(counts.values()) for name, counts in vars(found).items()}


@given(tallies())
def test_they_survive_the_wire(found):
    assert Tallies.unpack(found.pack()) == found


@given(tallies(), tallies())
def test_shares_add_up(one, other):
    before = [totals(one), totals(other)]
    one.add(other)
    assert totals(one) == {name: before[0][name] + before[1][name] for name in before[0]}


@given(tallies())
def test_endpoints_beyond_those_of_the_stage_are_counted_together(found):
    counted = found.with_endpoints(Endpoints(max_endpoints=0))
    assert totals(counted) == totals(found)
    assert {endpoint for counts in vars(counted).values() for _, endpoint, _ in counts} <= {OTHERS}


def test_kinds_beyond_a_limit_are_counted_together():
    found = Tallies()
    for number in range(60):
        count_kind(found.errors, "canary", "GET /a", f"error {number}", 1)
    assert len(found.errors) == 51
    assert found.errors["canary", "GET /a", OTHER] == 10


@pytest.mark.parametrize("bits", [-1, MAX_SIZE_BITS + 1, 10**9, "3", 2.5, None])
def test_a_size_that_nothing_has_is_refused(bits):
    message = {**Tallies().pack(), "sizes": [["canary", "GET /a", bits, 1]]}
    with pytest.raises(ValueError, match="is not the bits of a size"):
        Tallies.unpack(message)
