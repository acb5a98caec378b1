"""The parts of a plan for the whole run: load, probes, judge, and the generator's own limits."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from harness.plan.client.proxy import ProxyAddress
from harness.plan.client.secrets import Headers
from harness.plan.client.tls import FileName, Tls
from harness.plan.criteria.measure import Measure, MeasureError, MeasureKind, measure_named
from harness.plan.criteria.quantity import shown
from harness.plan.rates.shape import RateField
from harness.plan.targets import BaseUrl, InstanceUrls
from harness.plan.traffic.replay import ReplayField
from harness.plan.yaml.kinds import Duration, DurationOrZero, PositiveShare, Share, SmallShare
from harness.plan.yaml.part import Part, located_errors
from harness.plan.yaml.problem import Violation


def _path(path: str) -> str:
    if not path.startswith("/") or not path.isprintable() or " " in path:
        raise ValueError(f"{shown(path)} is not a path; write for example /health")
    return path


def _query_name(name: str) -> str:
    """Refuse the names of request measures; a query may replace a measure of the system, which is probed."""
    try:
        of_requests = measure_named(name).is_of_requests
    except MeasureError:
        return name
    if of_requests:
        raise ValueError(f"{shown(name)} is a measure of the requests sent; write another name for the query")
    return name


Path = Annotated[str, Field(max_length=500), AfterValidator(_path)]
PrometheusQuery = Annotated[str, Field(min_length=1, max_length=5000)]
QueryName = Annotated[
    str, Field(pattern=r"^[a-z][a-z0-9_-]*( [a-z0-9_-]+)*$", max_length=60), AfterValidator(_query_name)
]
Count = Annotated[int, Field(strict=True)]


class Load(Part):
    """How many requests are due, and how many may be under way."""

    arrival_rate_per_s: RateField | None = Field(
        default=None,
        description="planned request starts per second, all variants together, or how they change in each"
        " stage; required without `replay`",
        examples=["7000/s", "[{to: 2000/s, over: 5m}, {at: 4000/s, for: 1m}]"],
    )
    replay: ReplayField | None = Field(
        default=None,
        description="instead of a rate: the requests of an access log, when and as they came",
        examples=["{access_log: {path: access.log.1}, speed: 2x}"],
    )
    arrivals: Literal["constant", "poisson"] = Field(
        default="constant",
        description="evenly spaced, or at random with the same mean",
        examples=["constant", "poisson"],
    )
    max_in_flight: Count = Field(
        default=512,
        ge=1,
        le=100_000,
        description="arrivals under way at once to each variant, behind a router to all; one beyond waits",
        examples=["512"],
    )
    timeout_s: Duration = Field(
        default=10.0, description="a request longer than this failed; not scaled", examples=["10s"]
    )

    @property
    def is_drawn(self) -> bool:
        """Whether the number of arrivals is known only from what was drawn or recorded."""
        return self.arrivals == "poisson" or self.replay is not None

    @model_validator(mode="after")
    def _rate_or_replay(self) -> "Load":
        violations: list[Violation] = []
        if self.arrival_rate_per_s is None and self.replay is None:
            what = "`arrival_rate` is missing; write for example `arrival_rate: 7000/s`"
            violations.append(Violation(("arrival_rate",), what))
        if self.replay is not None and self.arrival_rate_per_s is not None:
            what = "a replay has the arrivals of its log; remove this, or set the `speed` of `replay`"
            violations.append(Violation(("arrival_rate",), what))
        if self.replay is not None and self.arrivals != "constant":
            violations.append(Violation(("arrivals",), "a replay has the arrivals of its log; remove this"))
        if violations:
            raise located_errors(type(self).__name__, violations)
        return self


class Prometheus(Part):
    """A Prometheus server that is asked beside the run."""

    url: BaseUrl = Field(description="address of the server", examples=["http://localhost:9091"])
    headers: Headers = Field(
        default_factory=dict, description="sent to it; secret", examples=['{x-scope-orgid: "${TENANT}"}']
    )
    bearer_file: FileName | None = Field(
        default=None,
        description="file with the token that is sent to it, read again for every query",
        examples=["/var/run/secrets/prometheus-token"],
    )
    tls: Tls | None = Field(
        default=None, description="how it is verified; as for targets", examples=["{ca_file: ca.pem}"]
    )
    proxy: ProxyAddress | None = Field(
        default=None,
        description="what queries go through; secret",
        examples=['"${HTTP_PROXY:-}"'],
    )
    queries: dict[QueryName, PrometheusQuery] = Field(
        default_factory=dict,
        max_length=50,
        description="named queries, each one number; the names are measures for criteria",
        examples=['{queue depth: "sum(queue_depth)"}'],
    )
    alerts: str | None = Field(
        default=None,
        max_length=1000,
        description="label matchers of the alerts that are critical",
        examples=["'severity=\"critical\"'"],
    )


class Probes(Part):
    """What is asked of the service while the load runs."""

    health: Path | None = Field(
        default=None, description="answers 200 while the variant is healthy", examples=["/health"]
    )
    metrics: Path | None = Field(
        default=None, description="Prometheus text of the variant", examples=["/metrics"]
    )
    prometheus: Prometheus | None = Field(
        default=None, description="a Prometheus server", examples=["{url: http://localhost:9091}"]
    )
    baseline: InstanceUrls | None = Field(
        default=None,
        description="where the baseline itself answers: its address, or one for each instance",
        examples=["http://127.0.0.1:8080"],
    )
    canary: InstanceUrls | None = Field(
        default=None,
        description="where the canary itself answers: its address, or one for each instance",
        examples=["[http://10.0.0.7:8080, http://10.0.0.8:8080]"],
    )
    control: InstanceUrls | None = Field(
        default=None,
        description="where the control itself answers: its address, or one for each instance",
        examples=["http://127.0.0.1:8082"],
    )
    interval_s: Duration = Field(default=10.0, description="time between two probes", examples=["10s"])
    timeout_s: Duration = Field(
        default=5.0, description="a probe longer than this failed; not scaled", examples=["5s"]
    )

    @model_validator(mode="after")
    def _something_to_ask(self) -> "Probes":
        if self.health is None and self.metrics is None and self.prometheus is None:
            raise ValueError(
                "nothing to probe; write `health: /health`, `metrics: /metrics` or `prometheus:`"
            )
        if (self.baseline is None) != (self.canary is None):
            raise ValueError("only one variant's address is given; write both `baseline` and `canary`")
        return self

    def tell(self, measure: Measure) -> bool:
        """Whether they give a measure of the system: among the metrics, or by a query of its name."""
        queries = self.prometheus.queries if self.prometheus else {}
        of_metrics = self.metrics is not None and measure.kind in (MeasureKind.CPU, MeasureKind.MEMORY)
        return of_metrics or measure.name in queries

    @property
    def variants(self) -> dict[str, tuple[str, ...]]:
        """The addresses of the variants' own instances; none when the targets are asked."""
        if self.baseline is None or self.canary is None:
            return {}
        both = {"baseline": self.baseline, "canary": self.canary}
        return both if self.control is None else {**both, "control": self.control}


class JudgeSettings(Part):
    """What the judge takes for a difference, and how sure it must be."""

    tolerance: Share = Field(
        default=0.10, description="how much worse than the baseline is still no degradation", examples=["10%"]
    )
    block_s: Duration = Field(
        default=30.0,
        description="length of the time blocks that are compared; whole intervals",
        examples=["30s"],
    )
    warmup_s: DurationOrZero = Field(
        default=60.0, description="start of a stage that is not judged", examples=["60s"]
    )
    disturbance_s: Duration | None = Field(
        default=None,
        description="what lasts no longer never fails a stage by itself; "
        "a tenth of the stage and at most a minute unless given",
        examples=["60s"],
    )
    alpha: SmallShare = Field(
        default=0.01, description="share of good stages that may be failed by chance", examples=["1%"]
    )
    error_margin: Share = Field(
        default=0.0002,
        description="error rate above the baseline's that is still no degradation",
        examples=["0.02%"],
    )
    promise: Literal["service", "stage"] = Field(
        default="service",
        description="what a limit on errors or a percentile is about: `service`, what this stage shows of it "
        "in spite of disturbances; `stage`, the figure of this very stage, whatever disturbed it",
        examples=["stage"],
    )
    endpoints: Literal["fail", "note", "off"] = Field(
        default="fail",
        description="what an endpoint at which the canary is far worse does to a stage, asked or not",
        examples=["note"],
    )
    unlike_responses: Literal["inconclusive", "note", "off"] = Field(
        default="inconclusive",
        description="what it means for a stage that far more of the canary's responses than of the "
        "baseline's are empty, far smaller, or redirects",
        examples=["note"],
    )
    min_blocks: Count = Field(
        default=10,
        ge=2,
        le=10_000,
        description="blocks a relative criterion needs before it can pass",
        examples=["10"],
    )


class GeneratorLimits(Part):
    """Beyond any of these limits a stage is invalid, because the generator decided its figures."""

    lateness_p99_s: Duration = Field(
        default=0.025, description="p99 of how late the pacing timer fired", examples=["25ms"]
    )
    cpu: PositiveShare = Field(
        default=0.95, description="share of one core used by a generator process", examples=["95%"]
    )
    achieved: Share = Field(
        default=0.99, description="least share of the planned requests that must be sent", examples=["99%"]
    )
