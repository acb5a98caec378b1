"""The p values that decide at looks and at ends."""

import pytest

from harness.judge.windows.boundary import LATENCIES, boundary


def test_a_later_look_decides_by_a_larger_p_value_and_the_end_by_the_largest():
    risks = [boundary(0.005, 30, 1, LATENCIES).at(blocks) for blocks in range(31)]
    assert risks[:10] == [0.0] * 10
    # The first look has the risk of all blocks before it.
    assert risks[11:] == sorted(risks[11:])
    assert 0.4 * 0.005 < risks[-1] < 0.005


def test_a_stage_too_short_for_looks_keeps_its_risk_for_the_end():
    assert boundary(0.005, 8, 1, LATENCIES).at(8) == pytest.approx(0.005)


def test_each_end_of_a_stage_that_may_be_extended_has_its_share():
    extended = boundary(0.006, 30, 3, LATENCIES)
    alone = boundary(0.002, 30, 1, LATENCIES)
    assert extended.at(30) == pytest.approx(alone.at(30), rel=1e-6)
    assert extended.at(60) > extended.at(59)
    assert extended.at(31) < extended.at(30)


def test_the_first_looks_of_each_day_of_an_extended_stage_have_next_to_no_risk():
    days = boundary(0.006, 2880, 3, LATENCIES)
    assert 0 < days.at(10) < 1e-15
    assert 0 < days.at(2950) < days.at(2880) / 10
    assert 0.0005 < days.at(2880) < days.at(3 * 2880) < 0.006
