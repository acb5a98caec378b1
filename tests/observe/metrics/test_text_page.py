import pytest
from prometheus_client import CollectorRegistry, Histogram, generate_latest

from harness.observe.metrics.text_page import samples_of_page


def test_the_page_of_prometheus_s_own_client_gives_the_counts_of_each_bucket():
    registry = CollectorRegistry()
    histogram = Histogram("took_seconds", "x", ["route"], registry=registry, buckets=(0.1, 0.5))
    for value in (0.05, 0.1, 0.3, 7.0):
        histogram.labels("/a").observe(value)
    [sample], started_s = samples_of_page(generate_latest(registry).decode(), "took_seconds", 5.0)
    assert dict(sample.labels) == {"route": "/a"}
    assert sample.counts == {(0.0, 0.1): 2, (0.1, 0.5): 1, (0.5, float("inf")): 1}
    assert (sample.at_s, started_s) == (5.0, None)


def test_the_start_of_the_process_is_read_and_other_lines_are_not():
    text = 'process_start_time_seconds 1.5e9\nother_bucket{le="1"} x\nnot prometheus at all\n'
    assert samples_of_page(text, "took_seconds", 0.0) == ([], 1.5e9)


@pytest.mark.parametrize(
    "line", ['took_seconds_bucket{a="b"} 3', 'took_seconds_bucket{le="x"} 3', "took_seconds_bucket{"]
)
def test_a_page_that_cannot_be_read_is_refused(line):
    with pytest.raises(ValueError, match="not Prometheus text"):
        samples_of_page(f"{line}\n", "took_seconds", 0.0)
