"""One run as a column of a comparison: what the judge can say of each of its stages, with intervals."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from harness.judge.blocks import StageBlocks, VariantBlocks
from harness.judge.bounds import Risks
from harness.judge.estimate import Estimate
from harness.judge.latency import quantile_estimate
from harness.judge.outcome import Outcome
from harness.judge.rates import error_rate_estimate
from harness.judge.verdict import Verdict
from harness.judge.view import StageView
from harness.plan.variant import Variant
from harness.record.evidence import Evidence, StageEvidence, load_evidence
from harness.record.run_directory import RunDirectory
from harness.record.tag import GENERATOR, Kind
from harness.report.alike import Conditions
from harness.report.series import Curve, percentile_name, spectrum
from harness.report.tables import by_kind, whole
from harness.report.write import read_verdict

QUANTILES = (0.5, 0.95, 0.99)
RISKS = Risks(lower=0.005, upper=0.005)  # a 99 % interval


@dataclass(frozen=True)
class Measured:
    """A number with its 99 % interval; None where it is not known."""

    observed: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class Cell:
    """One stage of one run: times in ms by percentile name, error rate in percent; both of the canary."""

    outcome: str
    requests: int
    times_ms: Mapping[str, Measured]
    baseline_ms: Mapping[str, Measured]
    error_percent: Measured
    spectrum: Curve


@dataclass(frozen=True)
class Column:
    """One run: its verdict and what it measured, stage by stage; `number` is its place, from 1."""

    number: int
    name: str
    started: str
    outcome: str
    reason: str
    cells: Mapping[str, Cell]
    conditions: Conditions


def column(run: RunDirectory, number: int) -> Column:
    """Read a run; RunError when its plan cannot be read."""
    verdict, unjudged = read_verdict(run)
    evidence = load_evidence(run)
    ran = [stage for stage in evidence.stages if stage.intervals]
    return Column(
        number=number,
        name=run.path.name,
        started=str(run.run.get("started", "")).replace("T", " ").replace("Z", " UTC"),
        outcome=verdict.outcome if verdict else Outcome.INVALID,
        reason=verdict.reason if verdict else unjudged,
        cells={stage.stage.name: _cell(evidence, stage, verdict, number) for stage in ran},
        conditions=Conditions(run.path.name, run.run, evidence.plan, _mix(ran)),
    )


def _mix(stages: Sequence[StageEvidence]) -> dict[str, float]:
    requests: Counter[str] = Counter()
    for stage in stages:
        for interval in stage.intervals:
            for tag, histogram in interval.histograms.items():
                if tag.variant != GENERATOR and tag.kind != Kind.SERVICE:
                    requests[tag.endpoint] += histogram.total
    return {endpoint: count / max(requests.total(), 1) for endpoint, count in requests.items()}


def _cell(evidence: Evidence, stage: StageEvidence, verdict: Verdict | None, number: int) -> Cell:
    judged = {one.name: one.outcome for one in verdict.stages} if verdict else {}
    blocks: StageBlocks = StageView(evidence.plan, stage).blocks
    totals = by_kind(whole(stage.intervals))
    requests = blocks.canary.requests
    rate = error_rate_estimate(blocks.canary.failed, requests, RISKS)
    response = totals.get((Variant.CANARY, Kind.RESPONSE))
    return Cell(
        outcome=judged.get(stage.stage.name, Outcome.INVALID),
        requests=int(requests.sum()),
        times_ms=_times_ms(blocks.canary),
        baseline_ms=_times_ms(blocks.baseline),
        error_percent=_measured(rate, 100),
        spectrum=Curve("response", f"run{number}", (), ())
        if response is None
        else spectrum(response, "response", f"run{number}"),
    )


def _times_ms(of: VariantBlocks) -> dict[str, Measured]:
    return {percentile_name(q): _measured(quantile_estimate(of.response, q, RISKS), 1000) for q in QUANTILES}


def _measured(estimate: Estimate, scale: float) -> Measured:
    values = (estimate.observed, estimate.lower, estimate.upper)
    return Measured(*(None if value is None or not isfinite(value) else value * scale for value in values))
