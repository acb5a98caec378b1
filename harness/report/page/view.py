"""The report as a value: everything the page shows, in the order it shows it; no files, no markup."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from harness.report.data.series import Curve
from harness.report.page.timeline import TimelineEntry
from harness.report.plots.axes import EventMark, LimitLine, TimeSpan
from harness.report.plots.delivery import Delivery
from harness.report.plots.latency import Corner, LatencyDifference


@dataclass(frozen=True)
class NumberLine:
    """Where a finding's numbers lie on its picture, in percent of its width; `allowed` is the good side."""

    observed: float
    lower: float
    upper: float
    limit: float
    allowed: tuple[float, float] | None


@dataclass(frozen=True)
class FindingRow:
    """One finding, worded; `anchor` is its own, `evidence` that of what shows it in its stage, if anything.

    `decided_s` is when it was decided, in seconds of the run; None at the end of the stage.
    """

    stage: str
    anchor: str
    evidence: str
    decided_s: float | None
    criterion: str
    outcome: str
    observed: str
    bounds: str
    limit: str
    n: str
    reason: str
    number_line: NumberLine | None
    planned: bool = True
    """Whether the plan asks for it; the others check the measurement itself."""
    warns: bool = False
    """Whether it says that a warning level was reached."""


@dataclass(frozen=True)
class EndpointRow:
    """What one variant answered at one endpoint: percentiles in µs, None where nothing was measured."""

    variant: str
    requests: int
    failed: int
    per_s: float
    quantiles_us: tuple[float | None, ...]
    max_us: float | None
    ttfb_p95_us: float | None = None


@dataclass(frozen=True)
class EndpointChange:
    """How the canary differs from its reference: failures in points of percent, times as shares of them."""

    failed: float
    quantiles: tuple[float | None, ...]
    max: float | None
    ttfb_p95: float | None


@dataclass(frozen=True)
class Endpoint:
    """One endpoint: a row for each variant that was asked, and the change where both of the compared were."""

    name: str
    rows: Sequence[EndpointRow]
    change: EndpointChange | None


@dataclass(frozen=True)
class ErrorRow:
    """One kind of error at one endpoint, with the first and last time it was seen (seconds of the run)."""

    kind: str
    endpoint: str
    variant: str
    count: int
    first_s: float
    last_s: float


@dataclass(frozen=True)
class CorrectedRow:
    """A percentile in µs: counted from the due time (corrected), from the send, and to the first byte."""

    variant: str
    name: str
    response_us: float
    service_us: float
    ttfb_us: float | None = None


@dataclass(frozen=True)
class BudgetRow:
    """How many failures a stage's error limit allowed the canary, and how many it had."""

    stage: str
    criterion: str
    requests: int
    allowed: float
    spent: int


@dataclass(frozen=True)
class SystemPlot:
    """CPU or memory of the variants over time, with the plan's levels."""

    name: str
    unit: str
    curves: Sequence[Curve]
    limits: Sequence[LimitLine]


@dataclass(frozen=True)
class StageSection:
    """One planned stage; the curves are empty when nothing was recorded."""

    number: int
    name: str
    anchor: str
    weight: float
    outcome: str
    duration_s: float | None
    planned_s: float
    not_judged_s: Sequence[tuple[float, float]]
    """When it warmed up or a rate changed, from when to when."""
    has_level_rates: bool
    planned_per_s: float | None
    sends: bool
    """Whether the run sent the requests; otherwise it watched those of users."""
    achieved_per_s: float | None
    lateness_us: Mapping[str, float]
    dropped: int
    requests: Mapping[str, int]
    failed: Mapping[str, int]
    """Both by variant."""
    reference: str
    """The variant that the canary is compared with."""
    findings: Sequence[FindingRow]
    problems: Sequence[str] = ()
    started_s: float = 0.0
    span_s: float = 0.0
    pauses: Sequence[tuple[float, float]] = ()
    """Where in its own time it waited for a person before it was extended, and how long."""
    percentiles: Sequence[Curve] = ()
    limits: Sequence[LimitLine] = ()
    moments: Sequence[EventMark] = ()
    spectra: Sequence[Curve] = ()
    clocks: Sequence[Curve] = ()
    corners: Sequence[Corner] = ()
    differences: Sequence[LatencyDifference] = ()
    tolerances: Sequence[tuple[str, float]] = ()
    delivery: Delivery | None = None
    split: Curve | None = None
    error_rates: Sequence[Curve] = ()
    error_limits: Sequence[LimitLine] = ()
    system: Sequence[SystemPlot] = ()
    errors: Sequence[ErrorRow] = ()
    endpoints: Sequence[Endpoint] = ()
    endpoints_left_out: int = 0
    corrected: Sequence[CorrectedRow] = ()

    @property
    def span(self) -> TimeSpan:
        """Which part of the run it was."""
        return TimeSpan(self.started_s, self.span_s, self.pauses)


@dataclass(frozen=True)
class Overview:
    """The whole run at once: p95 of both variants over all stages, with the limits of each stage."""

    span: TimeSpan
    curves: Sequence[Curve]
    stages: Sequence[tuple[float, float, str]]
    limits: Sequence[tuple[float, float, float]]
    moments: Sequence[EventMark]


@dataclass(frozen=True)
class Report:
    """What a page says, from the outcome down to the appendix."""

    plan_name: str
    service: str
    release: str
    """What is released; empty if the run does not say."""
    started: str
    epoch_s: float
    """The wall clock at t = 0 of the run."""
    outcome: str
    headline: str
    caught: str
    """What a gate would have done about a release of the past; empty for any other run."""
    reason: str
    judged: bool
    facts: Sequence[tuple[str, str, str]]
    stages: Sequence[StageSection]
    reasons: Sequence[FindingRow]
    overview: Overview | None
    timeline: Sequence[TimelineEntry]
    incidents: Sequence[TimelineEntry]
    budget: Sequence[BudgetRow]
    problems: Sequence[str]
    targets: str
    plan_text: str
    versions: Mapping[str, str] = field(default_factory=dict)
    machine: Mapping[str, str] = field(default_factory=dict)
