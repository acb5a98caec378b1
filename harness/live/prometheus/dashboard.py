"""The Grafana dashboard: `python -m harness.live.prometheus.dashboard > deploy/grafana/canary-gate.json`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from harness.plan.criteria.measure import Clock
from harness.plan.variant import Variant
from harness.report.style import light

Json = dict[str, Any]

_SOURCE = {"type": "prometheus", "uid": "${source}"}
_RATE = "[$__rate_interval]"
_COLUMNS = 24


@dataclass(frozen=True)
class Query:
    """A PromQL expression and the legend of its series."""

    expression: str
    legend: str


@dataclass(frozen=True)
class Panel:
    """A panel: `kind` and `unit` are Grafana's names, the size is in grid cells."""

    title: str
    queries: tuple[Query, ...]
    unit: str = "short"
    kind: str = "timeseries"
    width: int = 12
    height: int = 8


def _quantile(q: float, clock: Clock = Clock.RESPONSE) -> str:
    buckets = f"sum by (le, variant) (rate(gate_{clock}_seconds_bucket{_RATE}))"
    return f"histogram_quantile({q}, {buckets})"


def _of_stage_now(metric: str) -> str:
    return f"sum({metric} * on (stage) gate_stage_running)"


def _levels(measure: str) -> Query:
    return Query(f'gate_level{{measure="{measure}"}}', "{{level}}")


def _rate_of(metric: str) -> str:
    return f"sum by (variant) (rate({metric}{_RATE}))"


def _p95_of(variant: str) -> str:
    buckets = f'sum by (le) (rate(gate_response_seconds_bucket{{variant="{variant}"}}{_RATE}))'
    return f"histogram_quantile(0.95, {buckets})"


_SLOWER = f"{_p95_of('canary')} / ({_p95_of('control')} or {_p95_of('baseline')}) - 1"
_LATE = f"histogram_quantile(0.99, sum by (le, of) (rate(gate_lateness_seconds_bucket{_RATE})))"
_HEAT = f'sum by (le) (increase(gate_response_seconds_bucket{{variant="canary"}}{_RATE}))'

PANELS: tuple[Panel, ...] = (
    Panel("Outcome", (Query("gate_run_outcome == 1", "{{outcome}}"),), kind="stat", width=4, height=4),
    Panel("State", (Query("gate_run_info", "{{state}}"),), kind="stat", width=4, height=4),
    Panel(
        "Canary share",
        (Query(_of_stage_now("gate_stage_weight_ratio"), "canary"),),
        "percentunit",
        "stat",
        4,
        4,
    ),
    Panel("Stages", (Query("gate_stage_outcome == 1", "{{stage}}: {{outcome}}"),), kind="stat", height=4),
    Panel(
        "p95 response time and its levels",
        (Query(_quantile(0.95), "{{variant}}"), _levels("p95")),
        "s",
    ),
    Panel(
        "Error rate and its levels",
        (
            Query(
                f"{_rate_of('gate_requests_failed_total')} / {_rate_of('gate_requests_total')}", "{{variant}}"
            ),
            _levels("error rate"),
        ),
        "percentunit",
    ),
    Panel("p50 response time", (Query(_quantile(0.5), "{{variant}}"),), "s"),
    Panel("p99 response time", (Query(_quantile(0.99), "{{variant}}"),), "s"),
    Panel("p95 service time", (Query(_quantile(0.95, Clock.SERVICE), "{{variant}}"),), "s"),
    Panel("p95 time to first byte", (Query(_quantile(0.95, Clock.TTFB), "{{variant}}"),), "s"),
    Panel("Canary's p95 above the control's or the baseline's", (Query(_SLOWER, "canary"),), "percentunit"),
    Panel("Response time of the canary", (Query(_HEAT, "{{le}}"),), "s", "heatmap"),
    Panel(
        "Requests",
        (
            Query(_rate_of("gate_requests_total"), "{{variant}}"),
            Query(_of_stage_now("gate_stage_planned_arrivals_per_second"), "planned"),
        ),
        "reqps",
    ),
    Panel("In flight", (Query("gate_requests_in_flight", "{{variant}}"),)),
    Panel("Rollback triggers", (Query("gate_trigger_filled_ratio", "{{trigger}}"),), "percentunit"),
    Panel(
        "Dropped arrivals",
        (Query("sum by (variant) (gate_arrivals_dropped_total)", "{{variant}}"),),
    ),
    Panel("Lateness p99: of sending, of the pacing timer", (Query(_LATE, "{{of}}"),), "s"),
    Panel("Generator CPU", (Query("gate_generator_cpu_ratio", "share of a core"),), "percentunit"),
)
ANNOTATION = "gate_stage_running > 0"


def dashboard() -> Json:
    """Return the dashboard as Grafana imports it."""
    return {
        "title": "Canary gate",
        "uid": "canary-gate",
        "tags": ["canary", "load"],
        "schemaVersion": 39,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "5s",
        "time": {"from": "now-30m", "to": "now"},
        "templating": {
            "list": [{"name": "source", "label": "Prometheus", "type": "datasource", "query": "prometheus"}]
        },
        "annotations": {"list": [_stage_annotation()]},
        "panels": list(_placed(PANELS)),
    }


def _stage_annotation() -> Json:
    return {
        "name": "Stages",
        "datasource": _SOURCE,
        "enable": True,
        "expr": ANNOTATION,
        "titleFormat": "{{stage}}",
        "iconColor": light("canary"),
        "step": "5s",
    }


def _placed(panels: Sequence[Panel]) -> Iterator[Json]:
    """Lay the panels out in rows, from left to right."""
    x = y = row_height = 0
    for number, panel in enumerate(panels, 1):
        if x + panel.width > _COLUMNS:
            x, y, row_height = 0, y + row_height, 0
        yield {
            "id": number,
            "title": panel.title,
            "type": panel.kind,
            "datasource": _SOURCE,
            "gridPos": {"x": x, "y": y, "w": panel.width, "h": panel.height},
            "targets": [
                _target(letter, query, panel) for letter, query in zip("ABC", panel.queries, strict=False)
            ],
            "fieldConfig": {"defaults": {"unit": panel.unit}, "overrides": _colours()},
            "options": _options(panel),
        }
        x, row_height = x + panel.width, max(row_height, panel.height)


def _target(letter: str, query: Query, panel: Panel) -> Json:
    return {
        "refId": letter,
        "datasource": _SOURCE,
        "expr": query.expression,
        "legendFormat": query.legend,
        "format": "heatmap" if panel.kind == "heatmap" else "time_series",
        "instant": panel.kind == "stat",
        "range": panel.kind != "stat",
    }


def _options(panel: Panel) -> Json:
    match panel.kind:
        case "stat":
            return {"textMode": "value" if panel.unit == "percentunit" else "name", "colorMode": "none"}
        case "heatmap":
            return {"calculate": False, "yAxis": {"unit": panel.unit}}
        case _:
            return {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}}


def _colours() -> list[Json]:
    """Give variants and levels the colours they have in the report."""
    named = {variant: variant for variant in map(str, Variant)}
    named |= {"warning": "inconclusive", "critical": "limit"}
    return [
        {
            "matcher": {"id": "byName", "options": series},
            "properties": [{"id": "color", "value": {"mode": "fixed", "fixedColor": light(colour)}}],
        }
        for series, colour in named.items()
    ]


def text() -> str:
    """Return the dashboard as the text of its file."""
    return json.dumps(dashboard(), indent=2) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
