"""Windows on the wire, and the checksum that adds up."""

from hypothesis import given
from hypothesis import strategies as st

from harness.record.histograms.window import LiveWindow
from harness.record.histograms.wire import add_checksums, checksum, merge, pack, unpack
from tests.record.histograms.recorded import took


def window_of(values):
    window = LiveWindow(0.0, 1.0)
    for value in values:
        window.record(0, "GET /ü", True, took(value, value, value), int(value))
        window.record_error(1, "GET /", "HTTP 500")
        window.record_error(0, "GET /", "no title", is_declared=True)
        window.record_accepted(1, "GET /ü", "HTTP 404")
        window.record_redirected(1, "GET /ü", "/login")
    return window.close()


shares = st.lists(st.lists(st.floats(0, 60), max_size=20), min_size=1, max_size=4)


@given(shares)
def test_a_window_survives_the_wire(parts):
    for values in parts:
        window = window_of(values)
        assert unpack(pack(window)) == window


@given(shares)
def test_the_checksum_of_a_merged_window_is_the_sum_of_its_shares(parts):
    windows = [window_of(values) for values in parts]
    assert checksum(merge(windows)) == add_checksums(*map(checksum, windows))


@given(st.lists(st.floats(0.001, 60), min_size=1, max_size=20))
def test_the_checksum_notices_a_lost_request(values):
    assert checksum(window_of(values)) != checksum(window_of(values[1:]))


def test_what_tasks_accept_or_declare_and_what_is_redirected_adds_up():
    merged = merge([window_of([1.0, 2.0]), window_of([3.0])])
    assert merged.tallies.accepted == {("canary", "GET /ü", "HTTP 404"): 3}
    assert merged.tallies.declared == {("baseline", "GET /", "no title"): 3}
    assert merged.tallies.redirected == {("canary", "GET /ü", "/login"): 3}


def test_sizes_of_responses_add_up():
    merged = merge([window_of([0.0, 3.0, 40.0]), window_of([2.0])])
    assert merged.tallies.sizes == {
        ("baseline", "GET /ü", 0): 1,
        ("baseline", "GET /ü", 2): 2,
        ("baseline", "GET /ü", 6): 1,
    }


def test_shares_add_up_although_only_one_of_them_has_a_series():
    told, untold = LiveWindow(0.0, 1.0), LiveWindow(0.0, 1.0)
    told.record(1, "GET /", True, took(0.2, 0.2, 0.1))
    untold.record(1, "GET /", True, took(0.2, 0.2))
    merged = merge(unpack(pack(window.close())) for window in (told, untold))
    totals = [merged.histograms["canary", kind, "GET /"].total for kind in ("response", "ttfb")]
    assert totals == [2, 1]
