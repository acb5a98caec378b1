"""Service times: the log-normal and what faults make of it."""

import math
from random import Random
from statistics import quantiles

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.demo.behaviour.latency import MEDIAN_S, P95_S, Z95, service_time_s, slow_start_factor
from harness.plan.faults import Faults

WELL = Faults.parse()
normal = st.floats(-5, 5)


@pytest.mark.parametrize("seed", [1, 2, 20260108])
def test_a_hundred_thousand_draws_have_the_promised_median_and_95th_percentile(seed: int) -> None:
    random = Random(seed)
    percentiles = quantiles((service_time_s(random.gauss(0, 1), WELL, 0.0) for _ in range(100_000)), n=100)

    assert percentiles[49] == pytest.approx(MEDIAN_S, rel=0.01)
    assert percentiles[94] == pytest.approx(P95_S, rel=0.01)


def test_the_95th_percentile_of_the_formula_is_exact() -> None:
    assert service_time_s(0.0, WELL, 0.0) == pytest.approx(0.020)
    assert service_time_s(Z95, WELL, 0.0) == pytest.approx(0.047)


@given(normal)
def test_a_relative_latency_fault_multiplies_every_draw(z: float) -> None:
    slower = service_time_s(z, Faults.parse("latency=+25%"), 0.0)

    assert slower == pytest.approx(1.25 * service_time_s(z, WELL, 0.0))


@given(normal)
def test_an_absolute_latency_fault_adds_to_every_draw(z: float) -> None:
    slower = service_time_s(z, Faults.parse("latency=+5ms"), 0.0)

    assert slower == pytest.approx(0.005 + service_time_s(z, WELL, 0.0))


@given(normal, st.sampled_from(["tail_latency=+100%", "tail_latency=+50ms"]))
def test_a_tail_fault_leaves_the_fastest_95_percent_alone(z: float, fault: str) -> None:
    time_s, well_s = service_time_s(z, Faults.parse(fault), 0.0), service_time_s(z, WELL, 0.0)

    assert time_s == well_s if z <= Z95 else time_s >= well_s + 0.047


@given(normal)
def test_a_fault_that_would_answer_before_the_request_answers_at_once(z: float) -> None:
    assert service_time_s(z, Faults.parse("latency=-24h"), 0.0) == 0.0


@pytest.mark.parametrize(("age_s", "factor"), [(0, 4), (1, 3.4), (2.5, 2.5), (5, 1), (1000, 1)])
def test_a_slow_start_decays_from_four_to_one_in_a_straight_line(age_s: float, factor: float) -> None:
    assert slow_start_factor(5, age_s) == pytest.approx(factor)
    assert service_time_s(0.0, Faults.parse("slow_start=5s"), age_s) == pytest.approx(0.020 * factor)


def test_without_a_slow_start_the_first_request_is_as_fast_as_any() -> None:
    assert slow_start_factor(0.0, 0.0) == 1.0
    assert math.isclose(service_time_s(0.0, WELL, 0.0), MEDIAN_S)
