"""The figures of every stage of a run so far, from its closed windows: for page, metrics and terminal."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from harness.judge.triggers.fired import trigger_progress
from harness.judge.view import StageView
from harness.judge.windows.block import by_variant
from harness.judge.windows.clock import StageClock
from harness.live.evaluation.messages import FindingsSoFar, Shown, StageStatus
from harness.live.variant_times import VariantTimes
from harness.plan.model import Plan, Stage
from harness.plan.variant import Variant
from harness.record.evidence import Interval, StageEvidence
from harness.record.histograms.account import new_accounts
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.tag import LATENESS_HUB, LATENESS_SENT
from harness.record.progress import StageWindow

_MAX_POINTS = 180


@dataclass(frozen=True)
class Point:
    """One window: its start in the stage, and each variant's p95 response time (None without a response)."""

    start_s: float
    p95_us: Mapping[Variant, int | None]


class StageFigures:
    """One stage so far; like those of the judge, `measured` and `hub` are of plateaus alone."""

    def __init__(self, plan: Plan, index: int) -> None:
        self.stage: Stage = plan.stages[index]
        self.variants, self.reference = plan.variants, plan.reference
        view = StageView(plan, StageEvidence(self.stage, index))
        self.design = view.design
        """How the stage is cut and what it plans, extensions included."""
        self.accounts = new_accounts()
        self.since_start = dict.fromkeys(self.variants, VariantTimes())
        self.measured = dict.fromkeys(self.variants, VariantTimes())
        self.measured_s = 0.0
        self.lateness = {LATENESS_SENT: Histogram.empty(), LATENESS_HUB: Histogram.empty()}
        self.hub = Histogram.empty()
        """How late the pacing timer was after the warm-up, which the judge holds the generator to."""
        self.points: deque[Point] = deque(maxlen=_MAX_POINTS)
        self.duration_s = self.stage.duration_s
        """How long it is planned to last, extensions included."""
        self.triggers = trigger_progress(view, ())
        self.findings: FindingsSoFar | None = None
        self.offered_per_s = 0.0
        """Arrivals due in the latest whole window."""
        self.achieved_per_s = 0.0
        """Requests that succeeded in the latest whole window."""

    @property
    def clock(self) -> StageClock:
        """How its time is cut."""
        return self.design.clock

    def planned_per_s(self, at_s: float) -> float | None:
        """Return the rate that is wanted at a moment of the stage; None where a log or users decide."""
        return None if self.design.rates is None else self.design.rates.total.at_per_s(at_s)

    def extend(self, duration_s: float) -> None:
        """Set the length of the stage, which was extended."""
        self.duration_s = duration_s
        self.design = self.design.lasting(duration_s)

    def add(self, closed: StageWindow) -> None:
        """Add a closed window."""
        window = closed.window
        interval = Interval(closed.start_s, window.length_s, window.histograms)
        for tag in self.lateness:
            self.lateness[tag] = Histogram.merge((self.lateness[tag], window.histograms[tag]))
        seen = {
            variant: VariantTimes.of(kinds)
            for variant, kinds in by_variant(interval, None, variants=self.variants).items()
        }
        for owner, account in window.accounts.items():
            self.accounts[owner].add(account)
        for variant in self.variants:
            self.since_start[variant] += seen[variant]
        if not closed.is_cut:
            self.offered_per_s = window.total.due / window.length_s
            self.achieved_per_s = window.total.completed / window.length_s
        self.points.append(
            Point(closed.start_s, {v: _quantile(times.response, 0.95) for v, times in seen.items()})
        )
        if self.clock.is_judged(self.clock.number_of(interval)):
            self.measured_s += window.length_s
            self.measured = {variant: self.measured[variant] + times for variant, times in seen.items()}
            self.hub = Histogram.merge((self.hub, window.histograms[LATENESS_HUB]))

    def response_us(self, variant: Variant, q: float) -> int | None:
        """Return a percentile of the response time since the first arrival; None without a response."""
        return _quantile(self.since_start[variant].response, q)

    def lateness_us(self, q: float) -> int | None:
        """Return a percentile of the time from due to sent; None before the first window."""
        return _quantile(self.lateness[LATENESS_SENT], q)

    def hub_us(self, q: float) -> int | None:
        """Return a percentile of how late the pacing timer was; None before the end of the warm-up."""
        return _quantile(self.hub, q)


class RunFigures:
    """The stages of a run that have begun, by index."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.stages: dict[int, StageFigures] = {}
        self.generator_cpu: float | None = None
        """The generator's share of one core."""

    def begin(self, index: int) -> None:
        """Begin a stage."""
        self.stages[index] = StageFigures(self._plan, index)

    def extend(self, name: str, duration_s: float) -> None:
        """Set the length of a stage that was extended."""
        self._named(name).extend(duration_s)

    def add(self, window: StageWindow) -> None:
        """Add a closed window of a stage that has begun."""
        self.stages[window.index].add(window)

    def show(self, shown: Shown) -> None:
        """Take what the live evaluation says about a stage that has begun."""
        stage = self._named(shown.stage)
        match shown:
            case StageStatus(triggers=triggers, generator_cpu=cpu):
                stage.triggers, self.generator_cpu = triggers, cpu
            case FindingsSoFar():
                stage.findings = shown

    def _named(self, name: str) -> StageFigures:
        return next(figures for figures in self.stages.values() if figures.stage.name == name)


def _quantile(histogram: Histogram, q: float) -> int | None:
    return histogram.quantile_us(q) if histogram.total else None
