"""The tables of a stage: endpoints, errors by kind, the same requests by every clock."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from harness.plan.variant import Variant
from harness.record.events.event import Event
from harness.record.events.stage import FailuresAccepted, RequestErrors
from harness.record.histograms.account import OWNERS
from harness.record.histograms.clocks import CLOCKS
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.tag import Kind, Tag
from harness.report.data.series import percentile_name
from harness.report.page.view import CorrectedRow, Endpoint, EndpointChange, EndpointRow, ErrorRow

MAX_ENDPOINTS = 40
MAX_ERRORS = 60
QUANTILES = (0.5, 0.95, 0.99)


def by_kind(total: Mapping[Tag, Histogram]) -> dict[tuple[str, str], Histogram]:
    """Merge endpoints into one histogram per (variant, kind)."""
    parts: dict[tuple[str, str], list[Histogram]] = defaultdict(list)
    for tag, histogram in total.items():
        parts[tag.variant, tag.kind].append(histogram)
    return {key: Histogram.merge(histograms) for key, histograms in parts.items()}


def endpoints_of(total: Mapping[Tag, Histogram], span_s: float, reference: str) -> tuple[list[Endpoint], int]:
    """Return the endpoints, the busiest first, with the canary's change against `reference`.

    Also return how many were left out.
    """
    nothing = Histogram.empty()
    rows: dict[str, list[EndpointRow]] = defaultdict(list)
    for endpoint in {endpoint for variant, _, endpoint in total if variant in OWNERS}:
        for variant in OWNERS:
            good = total.get(Tag(variant, Kind.RESPONSE, endpoint), nothing)
            bad = total.get(Tag(variant, Kind.FAILED, endpoint), nothing)
            ttfb = total.get(Tag(variant, Kind.TTFB, endpoint), nothing)
            if good.total + bad.total:
                rows[endpoint].append(_endpoint_row(variant, good, bad, ttfb, span_s))
    busiest = sorted(rows, key=lambda endpoint: (-sum(row.requests for row in rows[endpoint]), endpoint))
    shown = [Endpoint(name, rows[name], _change(rows[name], reference)) for name in busiest[:MAX_ENDPOINTS]]
    return shown, max(len(busiest) - MAX_ENDPOINTS, 0)


def _change(rows: Sequence[EndpointRow], reference: str) -> EndpointChange | None:
    found = {row.variant: row for row in rows}
    canary, other = found.get(Variant.CANARY), found.get(reference)
    if canary is None or other is None:
        return None
    return EndpointChange(
        failed=100 * (canary.failed / canary.requests - other.failed / other.requests),
        quantiles=tuple(_ratio(*pair) for pair in zip(canary.quantiles_us, other.quantiles_us, strict=True)),
        max=_ratio(canary.max_us, other.max_us),
        ttfb_p95=_ratio(canary.ttfb_p95_us, other.ttfb_p95_us),
    )


def _ratio(value: float | None, other: float | None) -> float | None:
    return value / other - 1 if value is not None and other else None


def _endpoint_row(
    variant: str, good: Histogram, bad: Histogram, ttfb: Histogram, span_s: float
) -> EndpointRow:
    requests = good.total + bad.total
    return EndpointRow(
        variant=variant,
        requests=requests,
        failed=bad.total,
        per_s=requests / span_s if span_s else 0.0,
        quantiles_us=tuple(good.quantile_us(q) if good.total else None for q in QUANTILES),
        max_us=max((h.max_us for h in (good, bad) if h.total), default=None),
        ttfb_p95_us=ttfb.quantile_us(0.95) if ttfb.total and ttfb.total == good.total else None,
    )


CALLED_A_SUCCESS = ", called a success by the load test"
CALLED_A_FAILURE = ", called a failure by the load test"


def error_rows(events: Iterable[Event]) -> list[ErrorRow]:
    """Add up failed requests by kind, endpoint and variant, the most frequent first.

    Apart are those that are the load test's own word: called a success, or a failure.
    """
    found: dict[tuple[str, str, str], ErrorRow] = {}
    for event in events:
        if not isinstance(event, (RequestErrors, FailuresAccepted)):
            continue
        at_s = event.t_s
        for called, count in _told_apart(event):
            key = (event.kind + called, event.endpoint, event.variant)
            old = found.get(key, ErrorRow(*key, 0, at_s, at_s))
            found[key] = ErrorRow(*key, old.count + count, min(old.first_s, at_s), max(old.last_s, at_s))
    rows = sorted(found.values(), key=lambda row: (-row.count, row.kind, row.endpoint, row.variant))
    return [*rows[:MAX_ERRORS], *_remainder(rows[MAX_ERRORS:])]


def _told_apart(event: RequestErrors | FailuresAccepted) -> Iterator[tuple[str, int]]:
    """Count the failures of an event by what the load test calls them."""
    if isinstance(event, FailuresAccepted):
        yield CALLED_A_SUCCESS, event.count
        return
    declared = min(event.declared or 0, event.count)
    if declared < event.count or not declared:
        yield "", event.count - declared
    if declared:
        yield CALLED_A_FAILURE, declared


def _remainder(rows: Sequence[ErrorRow]) -> list[ErrorRow]:
    if not rows:
        return []
    first, last = min(row.first_s for row in rows), max(row.last_s for row in rows)
    return [ErrorRow(f"{len(rows)} rarer kinds", "–", "–", sum(row.count for row in rows), first, last)]


def corrected_rows(totals: Mapping[tuple[str, str], Histogram]) -> list[CorrectedRow]:
    """Set the clocks side by side at each percentile, for each variant that answered."""
    rows = []
    for variant in Variant:
        response, service, ttfb = (totals.get((variant, span.kind)) for span in CLOCKS.values())
        if response and service and response.total and service.total:
            rows += [
                CorrectedRow(
                    variant,
                    percentile_name(q),
                    response.quantile_us(q),
                    service.quantile_us(q),
                    ttfb.quantile_us(q) if ttfb and ttfb.total == response.total else None,
                )
                for q in (*QUANTILES, 0.999)
            ]
    return rows
