"""A replay keeps moments, gaps and requests, however it is cut."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.load.pacing.replayed_arrivals import ReplayedArrivals
from harness.load.pacing.schedule import Schedule
from harness.plan.rates.stage_rates import level_rates
from harness.plan.variant import Variant, shares_of
from harness.record.sources.recorded_requests import RecordedRequests, kolmogorov_distance, spread


def recorded(times_s):
    began_s = spread(np.array(times_s, float))
    numbers = np.arange(len(began_s), dtype=np.int32)
    return RecordedRequests(began_s - began_s[0], numbers, [("GET", f"/{n}") for n in numbers])


records = st.lists(st.floats(0, 20), min_size=2, max_size=60).filter(lambda t: max(t) - min(t) > 0.5)
speeds = st.sampled_from([0.5, 1.0, 2.0, 10.0])


def due_of(arrivals, duration_s, length_s):
    shares = shares_of(Fraction(1, 2), (Variant.BASELINE, Variant.CANARY))
    rates = level_rates(arrivals.rate_per_s, duration_s, shares)
    schedule = Schedule(rates, tuple(shares.values()), (1,), replayed=arrivals)
    return np.concatenate([part.due_s for part in schedule.slices(length_s)])


@given(records.map(recorded), speeds, st.floats(0.05, 3))
def test_each_request_is_due_once_at_its_recorded_time_over_the_speed_however_it_is_cut(one, speed, length_s):
    arrivals = ReplayedArrivals(one, speed)
    due_s = due_of(arrivals, one.span_s / speed, length_s)
    whole = due_s[: len(one.began_s)]
    np.testing.assert_allclose(whole, one.began_s / speed, atol=1e-9)


@given(records.map(recorded), speeds, st.floats(0, 1e6))
def test_every_arrival_finds_its_own_request_on_any_clock(one, speed, at_s):
    arrivals = ReplayedArrivals(one, speed)
    due_s = arrivals.due_s(0.0, 2.5 * one.span_s / speed)
    found = [arrivals.request_at((due + at_s) - at_s)[1] for due in due_s.tolist()]
    assert found == [f"/{place % len(one.began_s)}" for place in range(len(due_s))]


@pytest.mark.parametrize("speed", [1.0, 2.0])
def test_a_burst_keeps_its_gaps(speed):
    rng = np.random.default_rng(1)
    bursts = np.repeat(np.arange(100), rng.poisson(30, 100)) + rng.exponential(0.05, 5000)[:1]
    one = recorded(np.sort(bursts + rng.exponential(0.05, len(bursts))))
    due_s = due_of(ReplayedArrivals(one, speed), one.span_s / speed * 0.999, 0.1)
    assert kolmogorov_distance(np.diff(due_s) * speed, np.diff(one.began_s)) < 1e-3


def test_a_record_that_ends_before_the_stage_begins_again_at_its_mean_gap():
    due_s = ReplayedArrivals(recorded([0.0, 1.0, 3.0]), 1.0).due_s(0.0, 9.0)
    assert due_s.tolist() == [0.0, 1.0, 3.0, 4.5, 5.5, 7.5]


def test_memory_does_not_grow_with_the_length_of_a_stage():
    arrivals = ReplayedArrivals(recorded([0.0, 1.0, 3.0]), 1.0)
    assert len(arrivals.due_s(1e6, 1e6 + 0.1)) <= 1
