"""The content of `/metrics`: process metrics, and request counts kept as plain integers until a scrape."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.5, 1.0, 2.5, 5.0, 10.0)
_BOUNDS = (*(str(bound) for bound in BUCKETS_S), "+Inf")


class ResponseSeries:
    """The responses of one method and path: how many of each status, and their durations.

    A labelled Counter and Histogram of prometheus-client take ten times as long, locks included.
    """

    __slots__ = ("buckets", "counts", "sum_s")

    def __init__(self) -> None:
        self.counts: Counter[int] = Counter()
        self.buckets = [0] * len(_BOUNDS)
        self.sum_s = 0.0

    def count(self, status: int, duration_s: float) -> None:
        """Count one response."""
        self.counts[status] += 1
        self.buckets[bisect_left(BUCKETS_S, duration_s)] += 1
        self.sum_s += duration_s


class RequestMetrics(Collector):
    """The series of all methods and paths."""

    def __init__(self) -> None:
        self._series: dict[tuple[str, str], ResponseSeries] = {}

    def of(self, method: str, path: str) -> ResponseSeries:
        """Return one of them; `path` is the route's name, never text that a client chose."""
        return self._series.setdefault((method, path), ResponseSeries())

    def collect(self) -> Iterator[Metric]:
        """Yield the counts as Prometheus metric families."""
        requests = CounterMetricFamily("http_requests", "Responses sent", labels=("method", "path", "status"))
        for (method, path), series in self._series.items():
            for status, count in series.counts.items():
                requests.add_metric((method, path, str(status)), count)
        durations = HistogramMetricFamily(
            "http_request_duration_seconds",
            "From the request read to the response written",
            labels=("method", "path"),
        )
        for key, series in self._series.items():
            cumulated = zip(_BOUNDS, map(float, accumulate(series.buckets)), strict=True)
            if series.counts:
                durations.add_metric(key, list(cumulated), series.sum_s)
        yield requests
        yield durations


def registry_of(requests: RequestMetrics) -> CollectorRegistry:
    """Make a registry with this process's CPU, memory and start time beside the request counts."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(requests)
    return registry


def exposition(registry: CollectorRegistry) -> bytes:
    """Render the registry in the Prometheus text format."""
    return generate_latest(registry)
