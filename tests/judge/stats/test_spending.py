"""Looks that share a risk as time goes on."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import norm

from harness.judge.stats.spending import nominal_risks

# Two-sided 5 %, with the same step of information from look to look: Jennison & Turnbull, Group Sequential
# Methods, 2000, tables 2.1 (Pocock) and 2.3 (O'Brien & Fleming).
KNOWN = {"Pocock": (2.178, 2.178), "O'Brien & Fleming": (2.797, 1.977)}


@pytest.mark.parametrize(("first", "last"), KNOWN.values(), ids=KNOWN)
def test_the_boundary_is_that_of_the_tables(first, last):
    risks = nominal_risks((1, 2), (norm.sf(first), 0.025))
    assert norm.isf(risks) == pytest.approx((first, last), abs=1e-3)


def test_all_looks_together_err_as_rarely_as_their_risk():
    looks = np.arange(10, 31)
    risks = nominal_risks(list(looks / 30), list(0.05 * (looks / 30) ** 3))
    walk = np.random.default_rng(1).standard_normal((40000, 30)).cumsum(axis=1)[:, 9:]
    crossed = (walk / np.sqrt(looks) > norm.isf(risks)).any(axis=1).mean()
    assert crossed == pytest.approx(0.05, abs=0.003)
    assert 0.02 < risks[-1] < 0.05


def test_a_long_series_of_looks_begins_with_hardly_any_risk():
    looks = np.linspace(1e-5, 1, 200)
    risks = nominal_risks(list(looks), list(0.005 * looks**3))
    assert all(0 < early < late for early, late in pairwise(risks[1:]))
    assert risks[0] < 1e-14


def test_no_looks_have_no_risk():
    assert nominal_risks((), ()) == ()
