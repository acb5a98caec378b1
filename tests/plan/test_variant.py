"""How the versions share the requests."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from harness.plan.variant import Variant, shares_of, variants_of

TWO, THREE = variants_of(has_control=False), variants_of(has_control=True)
weights = st.builds(Fraction, st.integers(0, 10_000), st.just(10_000))


@given(weights, st.sampled_from([TWO, THREE]))
def test_the_shares_add_up_to_all_and_the_canary_has_its_weight(weight, variants):
    shares = shares_of(weight, variants)
    assert tuple(shares) == variants
    assert sum(shares.values()) == 1
    assert min(shares.values()) >= 0
    assert shares[Variant.CANARY] == weight


@given(weights)
def test_the_control_has_as_much_as_the_canary_as_long_as_there_is_enough(weight):
    shares = shares_of(weight, THREE)
    if weight <= Fraction(1, 2):
        assert shares[Variant.CONTROL] == weight
    else:
        assert (shares[Variant.BASELINE], shares[Variant.CONTROL]) == (0, 1 - weight)


def test_without_a_control_the_baseline_has_the_rest():
    assert shares_of(Fraction(1, 20), TWO) == {
        Variant.BASELINE: Fraction(19, 20),
        Variant.CANARY: Fraction(1, 20),
    }
