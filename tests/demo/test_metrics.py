"""The metrics a variant shows."""

from prometheus_client.parser import text_string_to_metric_families

from harness.demo.metrics import RequestMetrics, exposition, registry_of


def samples(metrics: RequestMetrics) -> dict[tuple[str, tuple[str, ...]], float]:
    families = text_string_to_metric_families(exposition(registry_of(metrics)).decode())
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


def test_answers_are_counted_by_method_path_and_status() -> None:
    metrics = RequestMetrics()
    for status in (200, 200, 500):
        metrics.of("GET", "/api/tasks").count(status, 0.02)

    found = samples(metrics)

    assert found["http_requests_total", ("GET", "/api/tasks", "200")] == 2
    assert found["http_requests_total", ("GET", "/api/tasks", "500")] == 1


def test_durations_fall_into_cumulative_buckets_whose_bounds_are_inclusive() -> None:
    metrics = RequestMetrics()
    for duration_s in (0.02, 0.021, 99.0):
        metrics.of("GET", "/").count(200, duration_s)

    found = samples(metrics)

    def at_most(bound: str) -> float:
        return next(
            value
            for (name, labels), value in found.items()
            if name == "http_request_duration_seconds_bucket" and bound in labels
        )

    assert [at_most(bound) for bound in ("0.01", "0.02", "0.03", "10.0", "+Inf")] == [0, 1, 2, 2, 3]
    assert found["http_request_duration_seconds_count", ("GET", "/")] == 3
    assert found["http_request_duration_seconds_sum", ("GET", "/")] == 99.041


def test_the_process_shows_its_cpu_memory_and_start() -> None:
    found = samples(RequestMetrics())

    assert found["process_cpu_seconds_total", ()] > 0
    assert found["process_resident_memory_bytes", ()] > 1_000_000
    assert found["process_start_time_seconds", ()] > 1_600_000_000
