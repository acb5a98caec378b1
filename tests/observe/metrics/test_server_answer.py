import pytest

from harness.observe.metrics.server_answer import samples_of_answer


def answer(*series):
    return {"status": "success", "data": {"resultType": "matrix", "result": list(series)}}


def bucket(upper, *values):
    return {"metric": {"__name__": "took_bucket", "le": upper, "version": "v1"}, "values": list(values)}


def test_the_series_of_a_classic_histogram_become_one_in_order_of_time():
    found = samples_of_answer(answer(bucket("+Inf", [2, "9"], [1, "4"]), bucket("0.1", [1, "3"], [2, "5"])))
    assert [(each.at_s, each.counts) for each in found] == [
        (1.0, {(0.0, 0.1): 3, (0.1, float("inf")): 1}),
        (2.0, {(0.0, 0.1): 5, (0.1, float("inf")): 4}),
    ]
    assert dict(found[0].labels) == {"version": "v1"}


def test_native_histograms_have_their_own_edges_and_are_not_counted_twice():
    # The shape in the documentation of the HTTP API, "Native histograms".
    buckets = [[0, "0.5", "0.7", "2"], [0, "0.7", "1", "3"]]
    native = {
        "metric": {"__name__": "took", "version": "v1"},
        "histograms": [[3, {"count": "5", "sum": "2", "buckets": buckets}]],
    }
    [found] = samples_of_answer(answer(native, bucket("+Inf", [3, "5"])))
    assert found.counts == {(0.5, 0.7): 2, (0.7, 1.0): 3}


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        {"status": "error"},
        {"status": "success", "data": {"resultType": "vector", "result": []}},
    ],
)
def test_anything_else_is_refused(document):
    with pytest.raises(ValueError, match="cannot be read"):
        samples_of_answer(document)
