"""The histogram of a metrics page in Prometheus's text format (prometheus.io, "Exposition formats")."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from prometheus_client.parser import text_string_to_metric_families

from harness.observe.metrics.sample import HistogramSample, Labels, buckets_of

_STARTED = "process_start_time_seconds"


def samples_of_page(text: str, name: str, at_s: float) -> tuple[list[HistogramSample], float | None]:
    """Return the series of a histogram, and when the process of the page started, if it says.

    Raises ValueError for what is not Prometheus text.
    """
    wanted, started_s = f"{name}_bucket", None
    found: dict[Labels, list[tuple[float, float]]] = defaultdict(list)
    try:
        for family in text_string_to_metric_families("".join(_lines_about({wanted, _STARTED}, text))):
            for sample in family.samples:
                if sample.name == _STARTED:
                    started_s = float(sample.value)
                    continue
                labels = dict(sample.labels)
                upper = float(labels.pop("le"))
                found[frozenset(labels.items())].append((upper, float(sample.value)))
    except (ValueError, KeyError, IndexError) as error:
        raise ValueError(f"the page is not Prometheus text: {error}") from None
    return [HistogramSample(labels, at_s, buckets_of(pairs)) for labels, pairs in found.items()], started_s


def _lines_about(names: set[str], text: str) -> Iterator[str]:
    for line in text.splitlines():
        if line.partition("{")[0].partition(" ")[0] in names:
            yield f"{line}\n"
