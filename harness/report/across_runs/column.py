"""One run as a column of a comparison: what the judge can say of each of its stages, with intervals."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite

from harness.judge.across_runs.comparability import Conditions, load_of, shares, surroundings_of
from harness.judge.comparisons.error_rate import error_rate_estimate
from harness.judge.comparisons.quantile import quantile_estimate
from harness.judge.outcome import Outcome
from harness.judge.stats.bounds import Risks
from harness.judge.stats.estimate import Estimate
from harness.judge.verdict import Verdict
from harness.judge.windows.blocks import VariantBlocks
from harness.plan.variant import Variant
from harness.record.ahead import read_ahead
from harness.record.evidence import load_evidence
from harness.record.histograms.tag import EVERY_REQUEST, GENERATOR, Kind
from harness.record.run_directory import RunDirectory
from harness.report.data.reading import StageReading, read
from harness.report.data.series import Curve, percentile_name, spectrum
from harness.report.kept_verdict import read_verdict
from harness.report.page.tables import by_kind

QUANTILES = (0.5, 0.95, 0.99)
RISKS = Risks(lower=0.005, upper=0.005)  # a 99 % interval


@dataclass(frozen=True)
class BoundedValue:
    """A number with its 99 % interval; None where it is not known."""

    observed: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class StageCell:
    """One stage of one run: times in ms by percentile name, error rate in percent; both of the canary."""

    outcome: str
    requests: int
    times_ms: Mapping[str, BoundedValue]
    baseline_ms: Mapping[str, BoundedValue]
    error_percent: BoundedValue
    spectrum: Curve


@dataclass(frozen=True)
class Column:
    """One run: its verdict and what it measured, stage by stage; `number` is its place, from 1."""

    number: int
    name: str
    started: str
    outcome: str
    reason: str
    cells: Mapping[str, StageCell]
    service: str
    conditions: Conditions


def column(run: RunDirectory, number: int) -> Column:
    """Read a run; RunError when its plan cannot be read."""
    verdict, unjudged = read_verdict(run)
    evidence = load_evidence(run, read=read_ahead)
    ran = {
        stage.stage.name: reading
        for stage in evidence.stages
        if (reading := read(evidence.plan, stage)).windows
    }
    return Column(
        number=number,
        name=run.path.name,
        started=str(run.run.get("started", "")).replace("T", " ").replace("Z", " UTC"),
        outcome=verdict.outcome if verdict else Outcome.INVALID,
        reason=verdict.reason if verdict else unjudged,
        cells={name: _cell(name, reading, verdict, number) for name, reading in ran.items()},
        service=evidence.plan.service,
        conditions=Conditions(
            run.path.name,
            {**surroundings_of(run.run, evidence.plan), **load_of(evidence.plan)},
            _mix(ran.values()),
        ),
    )


def _mix(stages: Iterable[StageReading]) -> dict[str, float]:
    requests: Counter[str] = Counter()
    for reading in stages:
        for tag, histogram in reading.totals.items():
            if tag.variant != GENERATOR and tag.kind in EVERY_REQUEST:
                requests[tag.endpoint] += histogram.total
    return shares(requests)


def _cell(name: str, reading: StageReading, verdict: Verdict | None, number: int) -> StageCell:
    judged = {one.name: one.outcome for one in verdict.stages} if verdict else {}
    blocks, totals = reading.blocks, by_kind(reading.totals)
    requests = blocks.canary.requests
    rate = error_rate_estimate(blocks.canary.failed, requests, RISKS)
    response = totals.get((Variant.CANARY, Kind.RESPONSE))
    return StageCell(
        outcome=judged.get(name, Outcome.INVALID),
        requests=int(requests.sum()),
        times_ms=_times_ms(blocks.canary),
        baseline_ms=_times_ms(blocks.baseline),
        error_percent=_measured(rate, 100),
        spectrum=Curve("response", f"run{number}", (), ())
        if response is None
        else spectrum(response, "response", f"run{number}"),
    )


def _times_ms(of: VariantBlocks) -> dict[str, BoundedValue]:
    return {percentile_name(q): _measured(quantile_estimate(of.response, q, RISKS), 1000) for q in QUANTILES}


def _measured(estimate: Estimate, scale: float) -> BoundedValue:
    values = (estimate.observed, estimate.lower, estimate.upper)
    return BoundedValue(
        *(None if value is None or not isfinite(value) else value * scale for value in values)
    )
