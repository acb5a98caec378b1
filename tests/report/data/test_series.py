import math
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.judge.windows.block import by_variant
from harness.judge.windows.bounded import BoundedSequence
from harness.record.evidence import Interval
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.tag import LATENESS_HUB, LATENESS_SENT, Kind, Tag
from harness.report.data import series
from harness.report.data.window import Window


def histogram(*values_us: float) -> Histogram:
    return Histogram.of_values(values_us)[0]


def interval(
    number: int, *values_us: float, failed: tuple[float, ...] = (), endpoint: str = "GET /"
) -> Interval:
    found: Mapping[Tag, Histogram] = {
        Tag("canary", Kind.RESPONSE, endpoint): histogram(*values_us),
        Tag("canary", Kind.FAILED, endpoint): histogram(*failed),
    }
    return Interval(number * 10.0, 10.0, found)


def windows(intervals: list[Interval], at_most: int = series.MAX_POINTS) -> tuple[Window, ...]:
    pieces = BoundedSequence(at_most, Window.merge)
    for each in intervals:
        pieces.add(Window.of(each, by_variant(each, None, (Kind.RESPONSE, Kind.FAILED))))
    return pieces.all


def test_a_long_run_is_merged_to_a_bounded_number_of_windows_and_loses_no_request() -> None:
    run = windows([interval(number, 1000, 2000) for number in range(1000)], at_most=180)
    assert 90 <= len(run) <= 180
    assert sum(window.requests("canary") for window in run) == 2000
    assert run[0].start_s == 0
    assert run[-1].start_s + run[-1].length_s == 10_000


def test_merged_intervals_keep_their_extremes_as_a_band() -> None:
    calm, spike = interval(0, 1000), interval(1, 9000)
    curve = series.percentile_curve(windows([calm, spike], at_most=2), "canary", 0.5, banded=True)
    assert curve.low == [pytest.approx(1, rel=0.001)]
    assert curve.high == [pytest.approx(9, rel=0.001)]


def test_single_intervals_have_no_band() -> None:
    curve = series.percentile_curve(
        windows([interval(0, 1000), interval(1, 9000)]), "canary", 0.5, banded=True
    )
    assert (curve.low, curve.high) == ((), ())


def test_an_interval_without_requests_leaves_a_gap() -> None:
    curve = series.percentile_curve(windows([interval(0, 1000), interval(1)]), "canary", 0.95)
    assert math.isnan(curve.y[1])
    assert curve.has_points


def test_a_failure_counts_only_where_it_is_slower_than_the_percentile() -> None:
    fast = series.percentile_curve(windows([interval(0, *[20_000] * 99, failed=(10,) * 50)]), "canary", 0.95)
    slow = series.percentile_curve(windows([interval(0, *[20_000] * 90, failed=(1e7,) * 10)]), "canary", 0.95)
    assert fast.y[0] == pytest.approx(20, rel=0.001)
    assert slow.y[0] == pytest.approx(10_000, rel=0.001)


def test_the_timer_s_lateness_is_not_added_to_that_of_the_sends() -> None:
    found = Interval(0, 10, {LATENESS_SENT: histogram(100, 100), LATENESS_HUB: histogram(50)})
    window = windows([found])[0]
    assert window.histogram("generator", "sent").total == 2
    assert window.histogram("generator", "hub").total == 1


@given(st.lists(st.integers(1, 10_000_000), min_size=1, max_size=400))
def test_a_spectrum_rises_and_ends_at_the_largest_value(values_us: list[int]) -> None:
    curve = series.spectrum(histogram(*values_us), "response", "canary")
    assert list(curve.x) == sorted(curve.x)
    assert list(curve.y) == sorted(curve.y)
    assert curve.y[-1] == pytest.approx(max(values_us) / 1000, rel=0.001)
    assert len(curve.x) <= 130


def test_a_spectrum_s_axis_counts_nines() -> None:
    curve = series.spectrum(Histogram.of_values(np.arange(1, 10_001))[0], "response", "canary")
    at_p99 = np.interp(2.0, curve.x, curve.y)
    assert at_p99 == pytest.approx(9.9, rel=0.02)


def test_an_empty_histogram_has_an_empty_spectrum() -> None:
    assert not series.spectrum(Histogram.empty(), "response", "canary").has_points


def test_thinning_keeps_the_peak() -> None:
    y = [1.0] * 1000
    y[777] = 50.0
    thin = series.thinned(series.Curve("cpu", "canary", list(range(1000)), y), at_most=100)
    assert len(thin.x) == 100
    assert max(thin.y) == 50.0


@pytest.mark.parametrize(("q", "name"), [(0.5, "p50"), (0.95, "p95"), (0.999, "p99.9")])
def test_a_percentile_is_named_as_people_say_it(q: float, name: str) -> None:
    assert series.percentile_name(q) == name
