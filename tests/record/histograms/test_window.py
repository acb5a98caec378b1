"""A window records every request once and closes when every arrival is accounted for."""

from math import isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.plan.variant import Variant
from harness.record.histograms.clocks import UNKNOWN_S, Timings
from harness.record.histograms.collector import Collector
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.tag import ALWAYS_WRITTEN, LATENESS_HUB, LATENESS_SENT, Kind, Tag
from harness.record.histograms.tallies import MAX_SIZE_BYTES
from harness.record.histograms.window import LiveWindow
from tests.record.histograms.recorded import took

NOTHING = Histogram.empty()

requests = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.sampled_from(["GET /a", "POST /b"]),
        st.booleans(),
        st.builds(took, st.floats(0, 20), st.floats(0, 20), st.just(UNKNOWN_S) | st.floats(0, 20)),
    ),
    max_size=60,
)


def filled(recorded):
    window = LiveWindow(0.0, 1.0)
    for request in recorded:
        window.record(*request)
    return window


@given(requests)
def test_every_request_is_in_exactly_the_histograms_of_its_kind(recorded):
    closed = filled(recorded).close()
    for variant, index in ((Variant.BASELINE, 0), (Variant.CANARY, 1)):
        for endpoint in ("GET /a", "POST /b"):
            good = [r for r in recorded if r[:3] == (index, endpoint, True)]
            bad = [r for r in recorded if r[:3] == (index, endpoint, False)]
            told = [r for r in good if not isnan(r[3].first_byte_s)]
            kinds = (Kind.RESPONSE, Kind.SERVICE, Kind.TTFB, Kind.FAILED)
            found = [closed.histograms.get(Tag(variant, kind, endpoint), NOTHING) for kind in kinds]
            assert [each.total for each in found] == [len(good), len(good), len(told), len(bad)]


@given(st.lists(st.none() | st.integers(0, MAX_SIZE_BYTES)))
def test_each_success_of_known_size_is_counted_within_a_factor_of_two(sizes):
    window = LiveWindow(0.0, 1.0)
    for size_bytes in sizes:
        window.record(1, "GET /a", True, took(1, 1), size_bytes)
        window.record(1, "GET /a", False, took(1, 1), size_bytes)
    counts = window.close().tallies.sizes
    known = [size_bytes for size_bytes in sizes if size_bytes is not None]
    for (variant, endpoint, bits), count in counts.items():
        assert (variant, endpoint) == ("canary", "GET /a")
        assert count == sum((1 << bits) // 2 <= size_bytes < 1 << bits for size_bytes in known)
    assert sum(counts.values()) == len(known)


def test_each_clock_runs_between_its_own_moments():
    closed = filled([(1, "GET /a", True, Timings(10.0, 10.2, 10.3, 10.7))]).close()
    found = {
        kind: closed.histograms[Tag("canary", kind, "GET /a")].max_us for kind in Kind if kind != "failed"
    }
    assert found == {
        "response": pytest.approx(700_000, rel=1e-3),
        "service": pytest.approx(500_000, rel=1e-3),
        "ttfb": pytest.approx(100_000, rel=1e-3),
    }


def test_a_client_that_does_not_tell_the_first_byte_leaves_no_series_of_it():
    closed = filled([(1, "GET /a", True, took(0.2))]).close()
    assert {tag.kind for tag in closed.histograms if tag.variant == "canary"} == {*ALWAYS_WRITTEN}


@given(requests)
def test_folding_early_changes_nothing(recorded):
    early = LiveWindow(0.0, 1.0)
    for request in recorded:
        early.record(*request)
        for cell in early.cells.values():
            cell.fold()
    assert early.close() == filled(recorded).close()


def test_a_window_without_requests_still_has_every_known_histogram():
    known = [Tag(variant, kind, "GET /a") for variant in Variant for kind in Kind]
    closed = LiveWindow(0.0, 1.0).close(known)
    assert set(closed.histograms) == {LATENESS_HUB, LATENESS_SENT, *known}
    assert all(histogram == Histogram.empty() for histogram in closed.histograms.values())
    assert {LATENESS_HUB, LATENESS_SENT} <= set(closed.histograms)


def test_values_beyond_the_grid_are_clamped_and_counted():
    window = LiveWindow(0.0, 1.0)
    window.record(0, "GET /a", True, took(4000.0, 0.0))
    closed = window.close()
    assert closed.clamped == 1
    assert closed.histograms[Tag("baseline", Kind.RESPONSE, "GET /a")].total == 1


def test_kinds_of_errors_are_bounded_in_number_and_length():
    window = LiveWindow(0.0, 1.0)
    for number in range(1000):
        window.record_error(0, "GET /a", f"{number} {'x' * 10_000}")
    assert len(window.tallies.errors) <= 51
    assert sum(window.tallies.errors.values()) == 1000
    assert max(len(kind) for _, _, kind in window.tallies.errors) <= 200


def test_windows_close_in_order_and_only_when_all_their_arrivals_ended():
    closed = []
    collector = Collector(lambda window: closed.append(window.start_s))
    first, second = collector.window(0.0, 1.0), collector.window(1.0, 1.0)
    first.accounts[0].open = 1
    first.unsent = second.unsent = 0
    collector.poll()
    assert closed == []
    first.accounts[0].open = 0
    collector.poll()
    assert closed == [0.0, 1.0]


def test_the_load_runs_between_the_lists_of_a_window_that_closes():
    closed, pauses = [], []
    collector = Collector(closed.append)
    window = collector.window(0.0, 1.0)
    for endpoint in ("GET /a", "GET /b"):
        window.record(0, endpoint, True, took(0.1, 0.1, 0.05))
    window.sent.values_s.append(0.001)
    window.unsent = 0

    def pause():
        pauses.append(len(closed))
        # What the load does meanwhile.
        collector.window(1.0, 1.0).record(0, "GET /c", True, took(0.1, 0.1, 0.05))

    collector.poll(pause)

    assert pauses == [0, 0, 0]
    assert [each.requests.total() for each in closed] == [2]


def test_an_endpoint_seen_once_is_written_in_every_later_window():
    closed = []
    collector = Collector(closed.append)
    collector.window(0.0, 1.0).record(0, "GET /a", True, took(0.1, 0.1, 0.05))
    collector.window(1.0, 1.0)
    collector.close_all()
    assert Tag("canary", Kind.FAILED, "GET /a") in closed[1].histograms
    assert Tag("baseline", Kind.TTFB, "GET /a") in closed[1].histograms


def test_the_accounts_of_open_and_closed_windows_add_up():
    collector = Collector(lambda _: None)
    for completed in (3, 4):
        collector.window(0.0, 1.0).accounts[1].completed = completed
    collector.open[0].unsent = 0
    collector.poll()
    assert collector.accounts_so_far()[Variant.CANARY].completed == 7
    assert collector.totals[Variant.CANARY].completed == 3
