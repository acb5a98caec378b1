"""A run as Prometheus metrics, made from its windows at each scrape: requests cost nothing more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from harness.judge.outcome import Outcome
from harness.live.figures import StageFigures
from harness.live.live_run import LiveRun
from harness.plan.criteria.compare import Absolute
from harness.plan.criteria.measure import Clock
from harness.plan.variant import Variant
from harness.record.histograms.clocks import CLOCKS
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.tag import LATENESS_HUB, LATENESS_SENT, UNATTRIBUTED

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
REQUEST_BUCKETS_S = (
    *(0.0005, 0.001, 0.0025, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.025, 0.03, 0.04, 0.05, 0.06, 0.075),
    *(0.1, 0.125, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5, 5.0, 10.0, 30.0),
)
"""Dense from 5 to 500 ms, where services have their limits."""
LATENESS_BUCKETS_S = (
    0.00005,
    0.0001,
    0.00025,
    0.0005,
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.5,
    1.0,
)
RUNNING = "running"


class RunMetrics(Collector):
    """The metrics of one run. Counters count closed windows, so they lag by at most one interval."""

    def __init__(self, live: LiveRun) -> None:
        self._live = live

    def collect(self) -> Iterator[Metric]:
        """Yield every metric, and let the load run after each."""
        for metric in self._metrics():
            yield metric
            self._live.pause()

    def _metrics(self) -> Iterator[Metric]:
        live = self._live
        stages = list(live.figures.stages.values())
        yield from _requests(stages)
        yield from (_times(stages, clock) for clock in Clock)
        yield _lateness(stages)
        yield from self._stages()
        yield from self._now()
        yield self._levels()

    def _stages(self) -> Iterator[Metric]:
        live = self._live
        weight = GaugeMetricFamily("gate_stage_weight_ratio", "Planned canary share", labels=("stage",))
        planned = GaugeMetricFamily(
            "gate_stage_planned_arrivals_per_second",
            "Planned rate of the latest window",
            labels=("stage",),
        )
        running = GaugeMetricFamily(
            "gate_stage_running", "1 while the stage has no verdict", labels=("stage",)
        )
        outcome = GaugeMetricFamily(
            "gate_stage_outcome", "1 for the outcome so far", labels=("stage", "outcome")
        )
        for figures in live.figures.stages.values():
            name = figures.stage.name
            judged = live.outcomes.get(name)
            weight.add_metric((name,), float(figures.stage.weight))
            latest_s = figures.points[-1].start_s if figures.points else 0.0
            if (per_s := figures.planned_per_s(latest_s)) is not None:
                planned.add_metric((name,), per_s)
            running.add_metric((name,), float(judged is None and live.verdict is None))
            for each in (RUNNING, *Outcome):
                outcome.add_metric((name, str(each)), float((judged or RUNNING) == each))
        yield from (weight, planned, running, outcome)

    def _now(self) -> Iterator[Metric]:
        live = self._live
        info = GaugeMetricFamily("gate_run_info", "Always 1", labels=("service", "plan", "state"))
        info.add_metric((live.plan.service, live.plan_name, live.state), 1.0)
        outcome = GaugeMetricFamily("gate_run_outcome", "1 for the outcome of the run", labels=("outcome",))
        verdict = RUNNING if live.verdict is None else str(live.verdict.outcome)
        for each in (RUNNING, *Outcome):
            outcome.add_metric((str(each),), float(verdict == each))
        flying = GaugeMetricFamily(
            "gate_requests_in_flight", "Arrivals that have not ended", labels=("variant",)
        )
        accounts = live.accounts_so_far()
        for owner in _owners(live.plan.variants):
            flying.add_metric((owner,), accounts[owner].open)
        filled = GaugeMetricFamily(
            "gate_trigger_filled_ratio", "How near a trigger is to firing", labels=("trigger",)
        )
        for progress in live.triggers:
            filled.add_metric((progress.trigger,), progress.share)
        yield from (info, outcome, flying, filled)
        if (cpu := live.figures.generator_cpu) is not None:
            yield GaugeMetricFamily("gate_generator_cpu_ratio", "Share of one core in use", value=cpu)

    def _levels(self) -> Metric:
        found = GaugeMetricFamily(
            "gate_level", "Limits of the key metrics in base units", labels=("measure", "level")
        )
        for measure, levels in self._live.plan.levels.items():
            for name in ("target", "warning", "critical"):
                level = getattr(levels, name)
                if level is not None and isinstance(level.limit, Absolute):
                    found.add_metric((measure, name), level.limit.value)
        return found


def exposition(live: LiveRun) -> bytes:
    """Render a run's metrics in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(RunMetrics(live))
    return generate_latest(registry)


def _requests(stages: Sequence[StageFigures]) -> Iterator[Metric]:
    labels = ("stage", "variant")
    ended = CounterMetricFamily("gate_requests", "Requests that ended, good and failed", labels=labels)
    failed = CounterMetricFamily("gate_requests_failed", "Requests that failed", labels=labels)
    dropped = CounterMetricFamily(
        "gate_arrivals_dropped", "Arrivals dropped: no user was free", labels=labels
    )
    for figures in stages:
        for owner in _owners(figures.variants):
            where, account = (figures.stage.name, owner), figures.accounts[owner]
            ended.add_metric(where, account.completed + account.failed)
            failed.add_metric(where, account.failed)
            dropped.add_metric(where, account.dropped)
    yield from (ended, failed, dropped)


def _owners(variants: Sequence[Variant]) -> tuple[str, ...]:
    return (*map(str, variants), UNATTRIBUTED)


def _times(stages: Sequence[StageFigures], clock: Clock) -> Metric:
    what = f"{CLOCKS[clock].name.capitalize()} of successful requests"
    family = HistogramMetricFamily(f"gate_{clock}_seconds", what, labels=("stage", "variant"))
    for figures in stages:
        for variant, measured in figures.since_start.items():
            if (times := measured.times_of(clock)) is not None:
                buckets = _buckets(times, REQUEST_BUCKETS_S)
                family.add_metric((figures.stage.name, variant), buckets, _sum_s(times))
    return family


def _lateness(stages: Sequence[StageFigures]) -> Metric:
    family = HistogramMetricFamily(
        "gate_lateness_seconds", "Due to sent, and the pacing timer's own", labels=("stage", "of")
    )
    for figures in stages:
        for tag in (LATENESS_SENT, LATENESS_HUB):
            times = figures.lateness[tag]
            where = (figures.stage.name, tag.endpoint)
            family.add_metric(where, _buckets(times, LATENESS_BUCKETS_S), _sum_s(times))
    return family


def _buckets(times: Histogram, bounds_s: Sequence[float]) -> list[tuple[str, float]]:
    cumulated = [(str(bound), float(times.count_at_most(bound * 1e6))) for bound in bounds_s]
    return [*cumulated, ("+Inf", float(times.total))]


def _sum_s(times: Histogram) -> float:
    return times.mean_us * times.total / 1e6 if times.total else 0.0
