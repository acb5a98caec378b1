"""What `probes.jsonl` may say: one class for each kind of probe.

A value is None when it is unknown: the probe failed, and `error` says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from harness.record.vocabulary import Length, Number, Record, Vocabulary, Whole


@dataclass(frozen=True, kw_only=True, slots=True)
class GeneratorProbe(Record):
    """The load generator itself, one line a window.

    `cpu` is a share of one core, `waited` the share of the time it was ready to run and had no core,
    `stolen` how many of the machine's cores its host took away.
    """

    kind: Literal["generator"] = "generator"
    stage: str
    interval_s: Length
    due: Whole
    sent: Whole
    dropped: Whole
    in_flight: Whole
    backlog: Whole
    cpu: Number | None
    memory_bytes: Number | None
    waited: Number | None = None
    stolen: Number | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LogProbe(Record):
    """What reading the router's log came to, one line a window; `LogReading` explains the figures."""

    kind: Literal["log"] = "log"
    stage: str
    interval_s: Length
    lines: Whole
    unread: Whole
    late: Whole
    astray: Whole
    unrouted: Whole
    retried: Whole
    by_file: tuple[Whole, ...]
    lags_s: tuple[Number | None, ...]
    clients: dict[str, Whole] | None = None
    new_clients: dict[str, Whole] | None = None
    cpu: Number | None
    memory_bytes: Number | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ScrapeProbe(Record):
    """What reading the service's metrics came to, one line a window; `ScrapeReading` explains the figures."""

    kind: Literal["scrape"] = "scrape"
    stage: str
    interval_s: Length
    asked: Whole
    missed: Whole
    resets: Whole
    series: Whole
    unlabelled: Whole


@dataclass(frozen=True, kw_only=True, slots=True)
class HealthProbe(Record):
    """One health check."""

    kind: Literal["health"] = "health"
    variant: str
    ok: bool
    status: Whole | None
    latency_s: Length | None
    error: str | None
    late_s: Length | None = None
    """How late the monitor was itself meanwhile, which may be part of the latency."""


@dataclass(frozen=True, kw_only=True, slots=True)
class UnreachedProbe(Record):
    """A health check that a proxy kept from the service: it says nothing of its health."""

    kind: Literal["unreached"] = "unreached"
    variant: str
    error: str


@dataclass(frozen=True, kw_only=True, slots=True)
class MetricsProbe(Record):
    """Process metrics of a variant; `cpu` is a share of one core."""

    kind: Literal["metrics"] = "metrics"
    variant: str
    cpu: Number | None
    memory_bytes: Number | None
    restarts: Whole | None
    error: str | None
    several_processes: bool = False
    """Whether the address leads to several processes, so that its CPU and restarts are nobody's."""
    started_epoch_s: Number | None = None
    """When the one process started, as it says."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AlertsProbe(Record):
    """The names of the alerts that fire."""

    kind: Literal["alerts"] = "alerts"
    firing: tuple[str, ...]
    error: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class QueryProbe(Record):
    """One Prometheus query of the plan."""

    kind: Literal["query"] = "query"
    name: str
    value: Number | None
    error: str | None


Probe = (
    GeneratorProbe
    | LogProbe
    | ScrapeProbe
    | HealthProbe
    | UnreachedProbe
    | MetricsProbe
    | AlertsProbe
    | QueryProbe
)
PROBES: Final = Vocabulary[Probe]("kind", Probe)
