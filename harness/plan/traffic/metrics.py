"""Histograms that a service exposes for Prometheus, as the real traffic that a run watches."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from harness.plan.targets import BaseUrl, InstanceUrls
from harness.plan.traffic.label_match import matchers_of
from harness.plan.traffic.values import BaselineValues, CanaryValues, ControlValues
from harness.plan.variant import Variant
from harness.plan.yaml.kinds import Duration, one_or_several
from harness.plan.yaml.part import Part


def _matchers(text: str) -> str:
    matchers_of(text)
    return text


MetricName = Annotated[str, Field(max_length=200, pattern=r"^[a-zA-Z_:][a-zA-Z0-9_:]*$")]
LabelName = Annotated[str, Field(max_length=200, pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$")]
LabelMatchers = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_matchers)]


class Instances(Part):
    """The metrics pages of every instance: each keeps counts of its own."""

    baseline: InstanceUrls = Field(
        description="pages of the baseline's instances", examples=["[http://10.0.0.5:8080/metrics]"]
    )
    canary: InstanceUrls = Field(
        description="pages of the canary's instances", examples=["[http://10.0.0.7:8080/metrics]"]
    )
    control: Annotated[tuple[BaseUrl, ...], Field(max_length=200), one_or_several(BaseUrl)] = Field(
        default=(),
        description="pages of fresh instances of the baseline's version, if there are some",
        examples=["[http://10.0.0.8:8080/metrics]"],
    )

    @property
    def pages(self) -> dict[Variant, tuple[str, ...]]:
        """The pages of each variant."""
        return {
            Variant.BASELINE: self.baseline,
            Variant.CANARY: self.canary,
            Variant.CONTROL: self.control,
        }


class VariantLabel(Part):
    """Which label of a series tells the variant."""

    label: LabelName = Field(description="name of the label", examples=["version"])
    baseline: BaselineValues = Field(default=(), examples=["v1"])
    canary: CanaryValues = Field(examples=["v2"])
    control: ControlValues = Field(default=(), examples=["v1-control"])


class Metrics(Part):
    """A histogram of durations that counts the requests of all variants."""

    source: Literal["probes", "prometheus"] = Field(
        description="the instances' own pages, or the server of `probes: {prometheus: …}`",
        examples=["probes"],
    )
    duration: MetricName = Field(
        description="name of the histogram, without `_bucket`", examples=["http_request_duration_seconds"]
    )
    unit: Literal["s", "ms"] = Field(default="s", description="unit of its buckets", examples=["s"])
    failed: LabelMatchers = Field(
        description="label matchers of the requests that failed", examples=["'code=~\"5..\"'"]
    )
    endpoint: LabelName | None = Field(
        default=None, description="label with the route; without it all requests are one", examples=["route"]
    )
    method: LabelName | None = Field(default=None, description="label with the method", examples=["method"])
    instances: Instances | None = Field(
        default=None,
        description="with `probes`: the pages of every instance",
        examples=["{baseline: [http://10.0.0.5:8080/metrics], canary: [http://10.0.0.7:8080/metrics]}"],
    )
    variant: VariantLabel | None = Field(
        default=None,
        description="with `prometheus`: what tells the variant",
        examples=["{label: version, baseline: v1, canary: v2}"],
    )
    settle_s: Duration = Field(
        default_factory=lambda known: 20.0 if known.get("source") == "prometheus" else 2.0,
        description="how long after a moment its counts may still come (2s; 20s for a server); not scaled",
        examples=["20s"],
    )

    @property
    def has_control(self) -> bool:
        """Whether some requests reach fresh instances of the baseline's version."""
        if self.source == "probes":
            return self.instances is not None and bool(self.instances.control)
        return self.variant is not None and bool(self.variant.control)

    @model_validator(mode="after")
    def _fits_its_source(self) -> Self:
        if self.source == "probes" and self.instances is None:
            raise ValueError("`source: probes` needs the pages of every instance; write `instances`")
        if self.source == "prometheus" and self.variant is None:
            raise ValueError("`source: prometheus` needs a label that tells the variant; write `variant`")
        return self
