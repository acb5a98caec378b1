"""Raw samples of a histogram, as a Prometheus server answers a range selector (prometheus.io, "HTTP API")."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from harness.observe.metrics.sample import HistogramSample, Labels, buckets_of


def samples_of_answer(document: Any) -> list[HistogramSample]:
    """Return the samples of classic and native histograms, in order of time; raises ValueError."""
    try:
        series = document["data"]["result"]
        if document["status"] != "success" or document["data"]["resultType"] != "matrix":
            raise ValueError("it is not a matrix of samples")
        native = [sample for each in series for sample in _native(each)]
        # A server that keeps a histogram both ways has every request twice.
        found = native or list(_classic(series))
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
        raise ValueError(f"the server's answer cannot be read: {error}") from None
    return sorted(found, key=lambda sample: sample.at_s)


def _classic(series: list[dict[str, Any]]) -> Iterator[HistogramSample]:
    found: dict[tuple[Labels, float], list[tuple[float, float]]] = defaultdict(list)
    for each in series:
        labels = {name: value for name, value in each["metric"].items() if name != "__name__"}
        if "le" not in labels:
            continue
        upper = float(labels.pop("le"))
        for at_s, value in each.get("values", ()):
            found[frozenset(labels.items()), float(at_s)].append((upper, float(value)))
    for (labels_of, at_s), pairs in found.items():
        yield HistogramSample(labels_of, at_s, buckets_of(pairs))


def _native(each: dict[str, Any]) -> Iterator[HistogramSample]:
    labels = frozenset((name, value) for name, value in each["metric"].items() if name != "__name__")
    for at_s, histogram in each.get("histograms", ()):
        counts = {
            (max(float(lower), 0.0), max(float(upper), 0.0)): float(count)
            for _, lower, upper, count in histogram.get("buckets", ())
        }
        yield HistogramSample(labels, float(at_s), counts)
