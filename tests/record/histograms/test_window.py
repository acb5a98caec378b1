"""A window records every request once and closes when every arrival is accounted for."""

from hypothesis import given
from hypothesis import strategies as st

from harness.plan.variant import Variant
from harness.record.histograms.collector import Collector
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.tag import LATENESS_HUB, LATENESS_SENT, Kind, Tag
from harness.record.histograms.window import LiveWindow

requests = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.sampled_from(["GET /a", "POST /b"]),
        st.booleans(),
        st.floats(0, 20),
        st.floats(0, 20),
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
    closed = filled(recorded).close(["GET /a", "POST /b"])
    for variant, index in ((Variant.BASELINE, 0), (Variant.CANARY, 1)):
        for endpoint in ("GET /a", "POST /b"):
            good = [r for r in recorded if r[:3] == (index, endpoint, True)]
            bad = [r for r in recorded if r[:3] == (index, endpoint, False)]
            totals = [closed.histograms[Tag(variant, kind, endpoint)].total for kind in Kind]
            assert totals == [len(good), len(good), len(bad)]


@given(requests)
def test_folding_early_changes_nothing(recorded):
    early = LiveWindow(0.0, 1.0)
    for request in recorded:
        early.record(*request)
        for cell in early.cells.values():
            cell.response.fold()
    assert early.close(["GET /a", "POST /b"]) == filled(recorded).close(["GET /a", "POST /b"])


def test_a_window_without_requests_still_has_every_histogram():
    closed = LiveWindow(0.0, 1.0).close(["GET /a"])
    assert len(closed.histograms) == 2 + 2 * 3
    assert all(histogram == Histogram.empty() for histogram in closed.histograms.values())
    assert {LATENESS_HUB, LATENESS_SENT} <= set(closed.histograms)


def test_values_beyond_the_grid_are_clamped_and_counted():
    window = LiveWindow(0.0, 1.0)
    window.record(0, "GET /a", True, 4000.0, 0.0)
    closed = window.close(["GET /a"])
    assert closed.clamped == 1
    assert closed.histograms[Tag("baseline", Kind.RESPONSE, "GET /a")].total == 1


def test_kinds_of_errors_are_bounded_in_number_and_length():
    window = LiveWindow(0.0, 1.0)
    for number in range(1000):
        window.record_error(0, "GET /a", f"{number} {'x' * 10_000}")
    assert len(window.errors) <= 51
    assert sum(window.errors.values()) == 1000
    assert max(len(kind) for _, _, kind in window.errors) <= 200


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


def test_an_endpoint_seen_once_is_written_in_every_later_window():
    closed = []
    collector = Collector(closed.append)
    collector.window(0.0, 1.0).record(0, "GET /a", True, 0.1, 0.1)
    collector.window(1.0, 1.0)
    collector.close_all()
    assert Tag("canary", Kind.FAILED, "GET /a") in closed[1].histograms


def test_the_accounts_of_open_and_closed_windows_add_up():
    collector = Collector(lambda _: None)
    for completed in (3, 4):
        collector.window(0.0, 1.0).accounts[1].completed = completed
    collector.open[0].unsent = 0
    collector.poll()
    assert collector.standing()[Variant.CANARY].completed == 7
    assert collector.totals[Variant.CANARY].completed == 3
