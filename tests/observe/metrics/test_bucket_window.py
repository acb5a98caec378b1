import math

from harness.observe.metrics.bucket_window import BucketWindow
from harness.observe.variant_values import Owner
from harness.record.histograms.readings.scrape_reading import ScrapeReading
from harness.record.histograms.tag import Kind, Tag

EDGES = {(0.1, 0.15): 3, (0.15, 0.2): 1}


def closed(owner=Owner.CANARY, counts=EDGES, known=(), **more):
    window = BucketWindow(1e6)
    window.add(owner, "GET /a", failed=more.get("failed", False), counts=counts)
    return window.close(0.0, 1.0, known, ScrapeReading())


def of(window, variant, kind=Kind.RESPONSE):
    return window.histograms[Tag(variant, kind, "GET /a")]


def test_a_request_lies_just_below_the_upper_and_just_above_the_lower_edge_of_its_bucket():
    window = closed()
    upper, lower = of(window, "canary"), of(window, "canary-floor")
    assert (upper.total, lower.total) == (4, 4)
    assert upper.count_at_most(149_900) == 3
    assert upper.count_above(150_000) == 1
    assert lower.count_at_most(100_000) == 0
    assert lower.count_above(150_000) == 1


def test_the_last_bucket_has_no_upper_edge_and_the_first_begins_at_nothing():
    window = closed(counts={(0.0, 0.1): 1, (0.5, math.inf): 1})
    assert of(window, "canary").max_us >= 3_600_000_000
    assert of(window, "canary-floor").min_us == 1


def test_failures_are_told_apart_and_counted_in_the_accounts():
    window = closed(failed=True)
    assert of(window, "canary", Kind.FAILED).total == 4
    assert (window.accounts["canary"].due, window.accounts["canary"].failed) == (4, 4)


def test_every_series_known_before_and_every_kind_of_an_endpoint_is_there():
    known = [Tag("canary", Kind.RESPONSE, "GET /b")]
    window = closed(known=known)
    assert known[0] in window.histograms
    assert of(window, "baseline").total == of(window, "baseline-floor", Kind.FAILED).total == 0


def test_requests_of_nobody_have_no_lower_edge():
    assert not [tag for tag in closed(Owner.UNATTRIBUTED).histograms if tag.variant == "unattributed-floor"]
