"""The real traffic that a run watches, where it sends none: a router's log or a service's metrics."""

import re
from collections.abc import Iterator
from typing import Annotated, Final, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from harness.plan.criteria.quantity import shown
from harness.plan.traffic.log_fields import (
    NGINX_NAMES,
    REGEX_NAMES,
    UNITS_S,
    LogField,
    NamedField,
    Names,
    missing,
)
from harness.plan.traffic.metrics import Metrics
from harness.plan.traffic.values import BaselineValues, CanaryValues, ControlValues, expression
from harness.plan.yaml.kinds import ArrivalRate, Duration, listed
from harness.plan.yaml.part import Part

LOG_FORMAT_VARIABLE: Final = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
"""A variable in nginx's `log_format`."""
NAMED_FORMATS: Final = ("nginx-json", "combined", "envoy", "envoy-json", "haproxy", "caddy", "traefik")
STDIN: Final = "-"
# Envoy writes a file every 10 s, or every 64 KiB (`--file-flush-interval-msec`, `--file-flush-min-size-kb`).
_SETTLE_S: Final = {"envoy": 12.0, "envoy-json": 12.0}
_STATUS: Final = re.compile(r"([1-9])xx|(\d{3})(?:-(\d{3}))?", re.IGNORECASE)
MAX_STATUS: Final = 999


def _route(text: str) -> str:
    if not text.startswith("/") or not text.isprintable():
        raise ValueError(f"{shown(text)} is not the pattern of a path; write for example /api/tasks/{{id}}")
    return text


def _statuses(text: str) -> str:
    if not _STATUS.fullmatch(text):
        raise ValueError(f"{shown(text)} is not a status; write for example 5xx, 429 or 500-599")
    return text


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"{shown(name)} is not a time zone; write for example UTC or Europe/Berlin")
    return name


LogPath = Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[^\x00-\x1f]+$")]
FieldName = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]
RoutePattern = Annotated[str, Field(max_length=500), AfterValidator(_route)]
StatusPattern = Annotated[str, BeforeValidator(str), AfterValidator(_statuses)]
ZoneName = Annotated[str, AfterValidator(_zone)]
LineFormat = Annotated[str, Field(min_length=1, max_length=5000)]
LineExpression = Annotated[str, Field(min_length=1, max_length=5000), AfterValidator(expression)]


class VariantField(Part):
    """Which fact of a line tells the variant that answered."""

    field: FieldName = Field(
        description="name of the fact: a variable, a key or a group; `server` for HAProxy",
        examples=["upstream_addr"],
    )
    baseline: BaselineValues = Field(default=(), examples=['["10.0.0.5:8080", "10.0.0.6:8080"]'])
    canary: CanaryValues = Field(examples=['["10.0.0.7:8080"]'])
    control: ControlValues = Field(default=(), examples=['["10.0.0.8:8080"]'])


class JsonFields(Part):
    """What the keys of JSON lines are called; a key with dots leads into an object."""

    time: FieldName = Field(description="when the response ended", examples=["ts"])
    duration: FieldName = Field(description="what the router measured for the user", examples=["rt"])
    unit: Literal["s", "ms", "us", "ns"] = Field(
        default="s", description="unit of the durations", examples=["s", "ms", "us", "ns"]
    )
    status: FieldName = Field(description="status of the response", examples=["st"])
    method: FieldName | None = Field(default=None, description="method of the request", examples=["m"])
    path: FieldName | None = Field(default=None, description="path of the request", examples=["p"])
    request: FieldName | None = Field(
        default=None, description="the request line, instead of method and path", examples=["req"]
    )
    upstream_duration: FieldName | None = Field(
        default=None, description="what the upstream took, the service time", examples=["urt"]
    )
    upstream: FieldName | None = Field(
        default=None, description="who answered; empty where the router did itself", examples=["ua"]
    )

    @model_validator(mode="after")
    def _has_a_path(self) -> Self:
        if self.path is None and self.request is None:
            raise ValueError(
                "the path is missing; write `path: NAME`, or `request: NAME` for the request line"
            )
        return self

    @property
    def names(self) -> Names:
        """The names of the facts."""
        unit_s = UNITS_S[self.unit]
        given = {
            LogField.TIME: NamedField(self.time),
            LogField.DURATION: NamedField(self.duration, unit_s),
            LogField.STATUS: NamedField(self.status),
        }
        optional = {
            LogField.METHOD: self.method,
            LogField.PATH: self.path,
            LogField.REQUEST: self.request,
            LogField.UPSTREAM_DURATION: self.upstream_duration,
            LogField.UPSTREAM: self.upstream,
        }
        more = {field: NamedField(name, unit_s) for field, name in optional.items() if name is not None}
        return {field: (named,) for field, named in (given | more).items()}


class AccessLog(Part):
    """The access log of the router that splits the traffic."""

    path: Annotated[tuple[LogPath, ...], Field(min_length=1, max_length=100), BeforeValidator(listed)] = (
        Field(
            description="one file or several; `-`, `udp:HOST:PORT` or `unix:PATH` for a stream of lines",
            examples=["/var/log/nginx/canary.log"],
        )
    )
    format: Literal["nginx", *NAMED_FORMATS] | None = Field(  # type: ignore[valid-type]
        default=None, description="format by its name", examples=["nginx-json"]
    )
    log_format: LineFormat | None = Field(
        default=None,
        description="instead: the string of nginx's `log_format`",
        examples=['\'$msec $request_time $status "$request" "$upstream_addr"\''],
    )
    json_fields: JsonFields | None = Field(
        default=None,
        description="instead: the keys of JSON lines",
        examples=["{time: ts, duration: rt, unit: s, status: st, method: m, path: p}"],
    )
    regex: LineExpression | None = Field(
        default=None,
        description="instead: an expression with named groups",
        examples=[
            r"'(?P<time>\S+) (?P<duration_ms>\d+) (?P<status>\d+) \"(?P<request>[^\"]*)\" (?P<pod>\S+)'"
        ],
    )
    variant: VariantField = Field(
        description="what tells the variant", examples=['{field: upstream_addr, canary: ["10.0.0.7:8080"]}']
    )
    endpoints: Annotated[tuple[RoutePattern, ...], Field(max_length=200)] = Field(
        default=(),
        description="routes, the first that fits counts; paths of none have their ids folded",
        examples=['["/api/tasks/{id}", "/static/*"]'],
    )
    failed: Annotated[tuple[StatusPattern, ...], Field(max_length=50), BeforeValidator(listed)] = Field(
        default=("5xx",), description="statuses that count as failed", examples=["[5xx]"]
    )
    settle_s: Duration = Field(
        default_factory=lambda known: _SETTLE_S.get(known.get("format"), 2.0),
        description="how long after a moment its lines may still be written (2s; 12s for Envoy); not scaled",
        examples=["2s"],
    )
    timezone: ZoneName | None = Field(
        default=None, description="of times without a zone, instead of this machine's", examples=["UTC"]
    )

    @model_validator(mode="after")
    def _one_format(self) -> Self:
        problems = list(self._problems())
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _problems(self) -> Iterator[str]:
        by_name = self.format if self.format != "nginx" else None
        given = [
            each for each in (by_name, self.log_format, self.json_fields, self.regex) if each is not None
        ]
        if self.format == "nginx" and self.log_format is None:
            yield "`format: nginx` needs the `log_format` that nginx is configured with; copy it here"
        elif len(given) != 1:
            yield "write exactly one of `format`, `log_format`, `json` and `regex`"
        elif self.log_format is not None:
            variables = {a or b for a, b in LOG_FORMAT_VARIABLE.findall(self.log_format)}
            yield from _missing("the log_format", NGINX_NAMES, variables, self.variant.field, "$")
        elif self.regex is not None:
            yield from _missing(
                "the regex", REGEX_NAMES, {*re.compile(self.regex).groupindex}, self.variant.field
            )

    @property
    def zone(self) -> ZoneInfo | None:
        """The zone of times that have none, None for this machine's."""
        return ZoneInfo(self.timezone) if self.timezone else None

    @property
    def failed_statuses(self) -> frozenset[int]:
        """The statuses that count as failed."""
        return frozenset(status for text in self.failed for status in _status_range(text))


def _missing(what: str, names: Names, known: set[str], variant: str, sign: str = "") -> Iterator[str]:
    for those in missing(names, known):
        yield f"{what} has no {' or '.join(sign + named.name for named in those)}, which is needed; add it"
    if variant not in known:
        yield f"{what} has no {sign}{variant}, which is to tell the variant; add it"


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
    def has_control(self) -> bool:
        """Whether some requests reach fresh instances of the baseline's version."""
        if self.access_log is not None:
            return bool(self.access_log.variant.control)
        return self.metrics is not None and self.metrics.has_control

    @property
    def settle_s(self) -> float:
        """How long after a moment what belongs to it may still come."""
        source = self.access_log or self.metrics
        return source.settle_s if source is not None else 0.0

    @property
    def log(self) -> AccessLog:
        """The access log of a plan that watches one; raises ValueError for another."""
        if self.access_log is None:
            raise ValueError("this plan watches no access log")
        return self.access_log
