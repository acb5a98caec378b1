from harness.record.events.stage import RequestErrors
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.tag import LATENESS_SENT, Kind, Tag
from harness.report.page.tables import MAX_ENDPOINTS, MAX_ERRORS, corrected_rows, endpoint_rows, error_rows


def histogram(*values_us: float) -> Histogram:
    return Histogram.of_values(values_us)[0]


def test_endpoints_come_busiest_first() -> None:
    total = {
        Tag("canary", Kind.RESPONSE, "GET /a"): histogram(1000, 1000),
        Tag("canary", Kind.RESPONSE, "GET /b"): histogram(2000, 2000, 2000, 2000),
        Tag("canary", Kind.FAILED, "GET /b"): histogram(9_000_000, 9_000_000),
        LATENESS_SENT: histogram(10),
    }
    rows, left_out = endpoint_rows(total, 20.0)
    assert [(row.endpoint, row.requests, row.failed, row.per_s) for row in rows] == [
        ("GET /b", 6, 2, 0.3),
        ("GET /a", 2, 0, 0.1),
    ]
    assert rows[0].max_us is not None
    assert rows[0].max_us > 8_900_000
    assert left_out == 0


def test_a_flood_of_endpoints_is_cut_and_counted() -> None:
    total = {Tag("canary", Kind.RESPONSE, f"GET /{n}"): histogram(1000) for n in range(MAX_ENDPOINTS + 7)}
    rows, left_out = endpoint_rows(total, 1.0)
    assert (len(rows), left_out) == (MAX_ENDPOINTS, 7)


def error(at_s: float, kind: str, count: int) -> RequestErrors:
    return RequestErrors(
        t_s=at_s, stage="canary-5", variant="canary", endpoint="GET /", kind=kind, count=count
    )


def test_errors_are_added_up_by_kind_with_their_first_and_last_time() -> None:
    rows = error_rows([error(10, "HTTP 503", 2), error(30, "HTTP 503", 5), error(20, "timeout", 1)])
    assert [(row.kind, row.count, row.first_s, row.last_s) for row in rows] == [
        ("HTTP 503", 7, 10, 30),
        ("timeout", 1, 20, 20),
    ]


def test_rare_kinds_of_errors_are_added_up_in_one_row_and_none_is_lost() -> None:
    rows = error_rows([error(n, f"kind {n}", 1) for n in range(MAX_ERRORS + 40)])
    assert len(rows) == MAX_ERRORS + 1
    assert rows[-1].kind == "40 rarer kinds"
    assert sum(row.count for row in rows) == MAX_ERRORS + 40


def test_corrected_and_uncorrected_times_stand_side_by_side() -> None:
    rows = corrected_rows(
        {("canary", Kind.RESPONSE): histogram(50_000), ("canary", Kind.SERVICE): histogram(20_000)}
    )
    assert [row.name for row in rows] == ["p50", "p95", "p99", "p99.9"]
    assert all(row.response_us > row.service_us for row in rows)
    assert {row.ttfb_us for row in rows} == {None}


def test_the_first_byte_stands_beside_them_where_it_was_measured_of_every_response():
    times = {("canary", Kind.RESPONSE): histogram(50_000), ("canary", Kind.SERVICE): histogram(20_000)}
    rows = corrected_rows({**times, ("canary", Kind.TTFB): histogram(10_000)})
    assert all(row.ttfb_us < row.service_us for row in rows)
