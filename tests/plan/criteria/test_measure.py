"""The measures and their names."""

import pytest

from harness.plan.criteria.measure import Measure, MeasureError, MeasureKind, measure_named


@pytest.mark.parametrize(
    ("name", "measure"),
    [
        ("p95", Measure("p95", MeasureKind.QUANTILE, 0.95)),
        ("P99.9", Measure("p99.9", MeasureKind.QUANTILE, 0.999)),
        ("p50.0", Measure("p50", MeasureKind.QUANTILE, 0.5)),
        ("service p95", Measure("service p95", MeasureKind.QUANTILE, 0.95, "service")),
        ("ttfb p95", Measure("ttfb p95", MeasureKind.QUANTILE, 0.95, "ttfb")),
        ("p95 ttfb", Measure("ttfb p95", MeasureKind.QUANTILE, 0.95, "ttfb")),
        ("mean  TTFB", Measure("ttfb mean", MeasureKind.MEAN, None, "ttfb")),
        ("response p95", Measure("p95", MeasureKind.QUANTILE, 0.95)),
        ("mean", Measure("mean", MeasureKind.MEAN)),
        ("service max", Measure("service max", MeasureKind.MAX, None, "service")),
        ("Error  rate", Measure("error rate", MeasureKind.ERROR_RATE)),
        ("throughput", Measure("throughput", MeasureKind.THROUGHPUT)),
        ("cpu", Measure("cpu", MeasureKind.CPU)),
    ],
)
def test_a_measure_is_known_by_its_name(name, measure):
    assert measure_named(name) == measure


def test_a_query_of_the_plan_is_a_measure():
    assert measure_named("queue depth", ["queue depth"]) == Measure("queue depth", MeasureKind.QUERY)


def test_a_query_named_memory_measures_memory():
    assert measure_named("memory", ["memory"]).kind is MeasureKind.MEMORY


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("eror rate", "unknown measure `eror rate`; did you mean `error rate`?"),
        ("troughput", "did you mean `throughput`?"),
        ("service p95 ttfb", "did you mean `p95`?"),
        ("latency p95", "did you mean `p95`?"),
        ("queue dept", "did you mean `queue depth`?"),
        ("p0", "`p0` is not a percentile; write p50 … p99.9"),
        ("p100", "p50 … p99.9"),
        ("service error rate", "did you mean `error rate`?"),
        ("zzz", "write one of error rate, throughput, mean, max, cpu, memory, p50 … p99.9"),
    ],
)
def test_a_typo_in_a_measure_gets_a_suggestion(name, says):
    with pytest.raises(MeasureError) as error:
        measure_named(name, ["queue depth"])
    assert says in str(error.value)


def test_throughput_alone_is_better_when_higher():
    assert measure_named("throughput").better == "higher"
    assert measure_named("p95").better == "lower"
    assert measure_named("disk", ["disk"]).better is None


def test_what_has_no_value_per_variant_has_no_baseline():
    assert not measure_named("throughput").has_baseline
    assert not measure_named("disk", ["disk"]).has_baseline
    assert measure_named("memory").has_baseline
