from dataclasses import replace

import pytest

from harness.record.events.stage import FailuresAccepted, RequestErrors
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.tag import LATENESS_SENT, Kind, Tag
from harness.report.page.tables import MAX_ENDPOINTS, MAX_ERRORS, corrected_rows, endpoints_of, error_rows


def histogram(*values_us: float) -> Histogram:
    return Histogram.of_values(values_us)[0]


def test_endpoints_come_busiest_first() -> None:
    total = {
        Tag("canary", Kind.RESPONSE, "GET /a"): histogram(1000, 1000),
        Tag("canary", Kind.RESPONSE, "GET /b"): histogram(2000, 2000, 2000, 2000),
        Tag("canary", Kind.FAILED, "GET /b"): histogram(9_000_000, 9_000_000),
        LATENESS_SENT: histogram(10),
    }
    endpoints, left_out = endpoints_of(total, 20.0, "baseline")
    assert [(each.name, row.requests, row.failed, row.per_s) for each in endpoints for row in each.rows] == [
        ("GET /b", 6, 2, 0.3),
        ("GET /a", 2, 0, 0.1),
    ]
    [row] = endpoints[0].rows
    assert row.max_us is not None
    assert row.max_us > 8_900_000
    assert left_out == 0


def test_an_endpoint_shows_how_the_canary_differs_from_what_it_is_compared_with() -> None:
    total = {
        Tag("baseline", Kind.RESPONSE, "GET /a"): histogram(1000, 1000),
        Tag("control", Kind.RESPONSE, "GET /a"): histogram(4000, 4000),
        Tag("canary", Kind.RESPONSE, "GET /a"): histogram(2000),
        Tag("canary", Kind.FAILED, "GET /a"): histogram(2000),
        Tag("canary", Kind.RESPONSE, "GET /new"): histogram(2000),
    }
    for reference, slower in (("baseline", 1.0), ("control", -0.5)):
        (one, new), _ = endpoints_of(total, 1.0, reference)
        assert [row.variant for row in one.rows] == ["baseline", "canary", "control"]
        assert one.change is not None
        assert one.change.failed == 50.0
        assert one.change.quantiles == pytest.approx([slower] * 3, abs=2e-3)
        assert one.change.ttfb_p95 is None
        assert new.change is None


def test_a_flood_of_endpoints_is_cut_and_counted() -> None:
    total = {Tag("canary", Kind.RESPONSE, f"GET /{n}"): histogram(1000) for n in range(MAX_ENDPOINTS + 7)}
    rows, left_out = endpoints_of(total, 1.0, "baseline")
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


def test_failures_that_the_load_test_accepts_stand_beside_the_errors_and_apart_from_them() -> None:
    failed = error(10, "HTTP 503", 2)
    accepted = FailuresAccepted(
        t_s=10, stage="canary-5", variant="canary", endpoint="GET /", kind="HTTP 503", count=9
    )
    assert [(row.kind, row.count) for row in error_rows([failed, accepted])] == [
        ("HTTP 503, called a success by the load test", 9),
        ("HTTP 503", 2),
    ]


def test_failures_that_are_the_load_tests_own_word_stand_apart_from_those_of_the_service() -> None:
    told = replace(error(10, "no title", 5), declared=3)
    assert [(row.kind, row.count) for row in error_rows([told])] == [
        ("no title, called a failure by the load test", 3),
        ("no title", 2),
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
