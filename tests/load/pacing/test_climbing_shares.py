"""In a ramp the arrivals of each variant are the area under its own rate, rounded."""

from fractions import Fraction

import numpy as np

from harness.load.pacing.climbing_shares import ClimbingShares
from harness.plan.rates.stage_rates import last_rates, level_rates, rates_of
from harness.plan.variant import Variant, shares_of

FIVE, HALF = (shares_of(Fraction(part, 100), Variant) for part in (5, 50))
RAMP = rates_of(100.0, HALF, 12, before=last_rates(100.0, FIVE), ramp_s=4)


def test_each_variant_gets_the_area_under_its_rate():
    counts = np.bincount(ClimbingShares(RAMP).variants(0, 1200))
    # 90/s to 0/s, and 5/s to 50/s for the canary and for the control, in four seconds.
    assert counts.tolist() == [180, 110, 110]


def test_arrivals_after_the_ramp_are_not_its():
    assert len(ClimbingShares(RAMP).variants(390, 500)) == 10
    assert len(ClimbingShares(RAMP).variants(400, 500)) == 0
    assert len(ClimbingShares(level_rates(100.0, 12, HALF)).variants(0, 100)) == 0


def test_the_variant_of_an_arrival_is_that_of_its_number_however_it_is_asked_for():
    shares = ClimbingShares(RAMP)
    parts = [shares.variants(first, first + 7) for first in range(0, 406, 7)]
    assert np.array_equal(np.concatenate(parts), shares.variants(0, 400))
