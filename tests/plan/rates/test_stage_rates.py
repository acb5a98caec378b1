"""What each variant is sent in a stage: in a ramp it climbs from what it was sent before."""

from fractions import Fraction

from harness.plan.rates.shape import Climb, Hold
from harness.plan.rates.stage_rates import last_rates, level_rates, rates_of
from harness.plan.variant import Variant, shares_of

BOTH = (Variant.BASELINE, Variant.CANARY)
FIVE, HALF = (shares_of(Fraction(part, 100), BOTH) for part in (5, 50))
SPIKE = (Hold(at_per_s=100, for_s=5), Hold(at_per_s=300, for_s=5), Climb(to_per_s=100, over_s=2.5))


def corners(rates, variant):
    return rates.by_variant[variant].corners


def test_each_variant_climbs_from_what_it_was_sent_before():
    rates = rates_of(100.0, HALF, 12, before=last_rates(100.0, FIVE), ramp_s=4)
    assert corners(rates, Variant.CANARY) == ((0, 5), (4, 50), (4, 50), (12, 50))
    assert corners(rates, Variant.BASELINE)[:2] == ((0, 95), (4, 50))
    assert rates.total.is_level
    assert not rates.is_level
    assert rates.climb_s == 4
    assert rates.by_variant[Variant.CANARY].arrivals == 110 + 400


def test_behind_a_router_only_the_sum_climbs_because_the_weight_is_set_at_once():
    rates = rates_of(200.0, HALF, 12, before=last_rates(100.0, FIVE), ramp_s=4, is_routed=True)
    assert corners(rates, Variant.CANARY)[:2] == ((0, 50), (4, 100))
    assert rates.climb_s == 0


def test_a_ramp_from_nothing_keeps_the_shares():
    rates = rates_of(100.0, FIVE, 12, before=dict.fromkeys(BOTH, Fraction(0)), ramp_s=4)
    assert rates.climb_s == 0
    assert corners(rates, Variant.CANARY)[:2] == ((0, 0), (4, 5))


def test_only_times_in_which_no_variant_s_rate_changes_are_plateaus():
    assert rates_of(100.0, HALF, 12, before=last_rates(100.0, FIVE), ramp_s=4).plateaus == ((4, 12),)
    assert rates_of(SPIKE, HALF, 20, before={}).plateaus == ((0, 5), (5, 10), (12.5, 20))
    assert level_rates(100.0, 20, HALF).plateaus == ((0, 20),)


def test_neighbours_of_the_same_rate_are_one_plateau_and_a_pause_is_none():
    shape = (Climb(to_per_s=9, over_s=0), Climb(to_per_s=9, over_s=3), Hold(at_per_s=0, for_s=2))
    assert rates_of((*shape, Hold(at_per_s=9, for_s=1)), HALF, 10, before={}).plateaus == ((0, 3), (5, 10))


def test_a_first_climb_starts_from_the_rate_before_and_the_last_rate_stays():
    rates = rates_of((Climb(to_per_s=300, over_s=2),), HALF, 5, before=last_rates(100.0, FIVE))
    assert rates.total.corners == ((0, 100), (2, 300), (2, 300), (5, 300))
    again = rates_of((Climb(to_per_s=300, over_s=2),), HALF, 5, before=last_rates(300.0, HALF))
    assert again.is_level
    assert rates.then(again).plateaus == ((2, 10),)
