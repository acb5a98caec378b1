"""The shares of one interval: nothing is lost on the wire or in the sum, and what is none is refused."""

import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.load.workers.shares import Shares, pack_share, read_share
from harness.record.histograms.histogram import COUNTS, Histogram
from harness.record.histograms.window import LiveWindow
from harness.record.histograms.wire import checksum, merge
from harness.record.mistakes import Mistake
from tests.record.histograms.recorded import took

durations = st.lists(st.floats(0, 60), max_size=20)


def window_of(values, endpoint="GET /ü"):
    window = LiveWindow(0.0, 1.0)
    for value in values:
        window.record(0, endpoint, True, took(value, value, value))
        window.record(1, "GET /", False, took(value, value))
        window.record_error(1, "GET /", "HTTP 500")
        window.record_mistake(Mistake("task", "Shop", "KeyError"))
    window.accounts[0].due = window.accounts[0].completed = len(values)
    return window.close()


def added(windows):
    shares = Shares()
    for window in windows:
        shares.add(read_share(pack_share(window)))
    return shares.merged()


@settings(max_examples=30, deadline=None)
@given(st.lists(durations, min_size=1, max_size=80))
def test_the_sum_is_that_of_the_windows_in_every_order_of_adding(parts):
    windows = [window_of(values, f"GET /{number % 3}") for number, values in enumerate(parts)]
    assert added(windows) == merge(windows)
    assert checksum(added(windows)) == checksum(merge(windows))
    assert list(added(windows).histograms) == list(merge(windows).histograms)


@pytest.mark.parametrize("number", [1, 31, 32, 33, 65])
def test_as_many_are_counted_as_were_added(number):
    assert added([window_of([0.1])] * number).accounts["baseline"].completed == number


def test_counts_of_more_than_sixteen_bits_are_exact():
    window = window_of([0.1])
    many = window.histograms | {next(iter(window.histograms)): Histogram([5, COUNTS - 1], [2**31, 3])}
    window.histograms.update(many)
    merged = added([window] * 40)
    assert merged.histograms[next(iter(many))] == Histogram([5, COUNTS - 1], [40 * 2**31, 120])


def test_a_window_of_too_many_values_is_refused_where_it_is_made():
    window = window_of([0.1])
    window.histograms[next(iter(window.histograms))] = Histogram([5], [2**32])
    with pytest.raises(ValueError, match="2\\^32"):
        pack_share(window)


@pytest.mark.parametrize(
    "change",
    [
        {"buckets": b"not zlib"},
        {"buckets": zlib.compress(b"")},
        {"buckets": zlib.compress(b"\xff" * 6)},
        {"buckets": zlib.compress(bytes(1_000_000))},
        {"sizes": {"baseline.response.x": -1}},
        {"sizes": {"baseline.response.x": COUNTS + 1}},
        {"sizes": {"no tag": 1}},
    ],
)
def test_what_is_no_share_is_refused(change):
    message = {**pack_share(window_of([])), "sizes": {"baseline.response.x": 1}}
    with pytest.raises(ValueError, match=r"."):
        read_share({**message, **change})
