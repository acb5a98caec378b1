"""The real traffic that a run watches, where it sends none: a router's log or a service's metrics."""

import re
from collections.abc import Iterator
from typing import Annotated, Final, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from harness.plan.criteria.quantity import shown
from harness.plan.traffic.log_fields import JUDGED, TEXT_FACTS
from harness.plan.traffic.log_lines import FieldName, LogLines
from harness.plan.traffic.metrics import Metrics
from harness.plan.traffic.values import BaselineValues, CanaryValues, ControlValues
from harness.plan.yaml.kinds import ArrivalRate, Duration, one_or_several
from harness.plan.yaml.part import Part

# Envoy writes a file every 10 s, or every 64 KiB (`--file-flush-interval-msec`, `--file-flush-min-size-kb`).
_SETTLE_S: Final = {"envoy": 12.0, "envoy-json": 12.0}
_STATUS: Final = re.compile(r"([1-9])xx|(\d{3})(?:-(\d{3}))?", re.IGNORECASE)
MAX_STATUS: Final = 999


def _route(text: str) -> str:
    if not text.startswith("/") or not text.isprintable():
        raise ValueError(f"{shown(text)} is not a path pattern; write for example /api/tasks/{{id}}")
    return text


def _statuses(text: str) -> str:
    if not _STATUS.fullmatch(text):
        raise ValueError(f"{shown(text)} is not a status; write for example 5xx, 429 or 500-599")
    return text


RoutePattern = Annotated[str, Field(max_length=500), AfterValidator(_route)]
StatusPattern = Annotated[
    str, BeforeValidator(str, json_schema_input_type=str | int), AfterValidator(_statuses)
]


class VariantField(Part):
    """Which fact of a line tells the variant that answered."""

    field: FieldName = Field(
        description="name of the fact: a variable, a key or a group; `server` for HAProxy",
        examples=["upstream_addr"],
    )
    baseline: BaselineValues = Field(default=(), examples=['["10.0.0.5:8080", "10.0.0.6:8080"]'])
    canary: CanaryValues = Field(examples=['["10.0.0.7:8080"]'])
    control: ControlValues = Field(default=(), examples=['["10.0.0.8:8080"]'])


class AccessLog(LogLines):
    """The access log of the router that splits the traffic."""

    variant: VariantField = Field(
        description="what tells the variant", examples=['{field: upstream_addr, canary: ["10.0.0.7:8080"]}']
    )
    client: FieldName | None = Field(
        default=None,
        description="name of the fact that tells a client, where the router keeps sessions at one version: "
        "the split is then that of clients",
        examples=["cookie_session"],
    )
    endpoints: Annotated[tuple[RoutePattern, ...], Field(max_length=200)] = Field(
        default=(),
        description="routes, the first that fits counts; paths of none have their ids folded",
        examples=['["/api/tasks/{id}", "/static/*"]'],
    )
    failed: Annotated[tuple[StatusPattern, ...], Field(max_length=50), one_or_several(StatusPattern)] = Field(
        default=("5xx",), description="statuses that count as failed", examples=["[5xx]"]
    )
    settle_s: Duration = Field(
        default_factory=lambda known: _SETTLE_S.get(known.get("format"), 2.0),
        description="how long after a moment its lines may still be written (2s; 12s for Envoy); not scaled",
        examples=["2s"],
    )

    @model_validator(mode="after")
    def _one_format(self) -> Self:
        problems = list(self._problems())
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _problems(self) -> Iterator[str]:
        yield from self.format_problems(needed=JUDGED)
        for name, what in ((self.variant.field, "variant"), (self.client, "client")):
            if name is not None and self.log_format is not None and name not in self.variables:
                yield f"the log_format has no ${name}, which is to tell the {what}; add it"
            elif name is not None and self.regex is not None and name not in self.groups:
                yield f"the regex has no {name}, which is to tell the {what}; add it"
            elif name is not None and name not in (known := TEXT_FACTS.get(self.format or "", {name})):
                there_are = ", ".join(sorted(known))
                yield f"`{self.format}` has no {name}, which is to tell the {what}; it has {there_are}"

    @property
    def has_control(self) -> bool:
        """Whether some requests reach fresh instances of the baseline's version."""
        return bool(self.variant.control)

    @property
    def failed_statuses(self) -> frozenset[int]:
        """The statuses that count as failed."""
        return frozenset(status for text in self.failed for status in _status_range(text))


def _status_range(text: str) -> range:
    found = _STATUS.fullmatch(text)
    assert found is not None  # validated
    hundreds, first, last = found.groups()
    if hundreds:
        return range(int(hundreds) * 100, int(hundreds) * 100 + 100)
    return range(int(first), int(last or first) + 1)


class Traffic(Part):
    """Traffic of real users, watched instead of load that is sent."""

    arrival_rate_per_s: ArrivalRate | None = Field(
        default=None,
        description="requests per second to expect, all variants together; `harness check` uses it",
        examples=["2000/s"],
    )
    access_log: AccessLog | None = Field(
        default=None,
        description="the router's access log",
        examples=["{path: /var/log/nginx/canary.log, format: nginx-json, variant: {…}}"],
    )
    metrics: Metrics | None = Field(
        default=None,
        description="instead: histograms of the service's own metrics",
        examples=["{source: probes, duration: http_request_duration_seconds, …}"],
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.access_log is None) == (self.metrics is None):
            raise ValueError("write exactly one of `access_log` and `metrics`")
        return self

    @property
    def watched(self) -> AccessLog | Metrics:
        """Where the requests are seen."""
        source = self.access_log or self.metrics
        assert source is not None  # validated
        return source

    @property
    def has_control(self) -> bool:
        """Whether some requests reach fresh instances of the baseline's version."""
        return self.watched.has_control

    @property
    def settle_s(self) -> float:
        """How long after a moment what belongs to it may still come."""
        return self.watched.settle_s

    @property
    def log(self) -> AccessLog:
        """The access log of a plan that watches one; raises ValueError for another."""
        if self.access_log is None:
            raise ValueError("this plan watches no access log")
        return self.access_log
