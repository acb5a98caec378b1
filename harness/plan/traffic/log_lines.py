"""How the lines of a log are read: by a named format, or by what the plan says of them."""

import re
from collections.abc import Collection, Iterator
from typing import Annotated, Final, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, model_validator

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
from harness.plan.traffic.values import expression
from harness.plan.yaml.kinds import one_or_several
from harness.plan.yaml.part import Part

LOG_FORMAT_VARIABLE: Final = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
"""A variable in nginx's `log_format`."""
NAMED_FORMATS: Final = (
    "nginx-json",
    "combined",
    "envoy",
    "envoy-json",
    "haproxy",
    "caddy",
    "traefik",
    "traefik-common",
)
STDIN: Final = "-"


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"{shown(name)} is not a time zone; write for example UTC or Europe/Berlin")
    return name


LogPath = Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[^\x00-\x1f]+$")]
FieldName = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]
ZoneName = Annotated[str, AfterValidator(_zone)]
LineFormat = Annotated[str, Field(min_length=1, max_length=5000)]
LineExpression = Annotated[str, Field(min_length=1, max_length=5000), AfterValidator(expression)]


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


class LogLines(Part):
    """The files of a log, and the format of their lines."""

    path: Annotated[tuple[LogPath, ...], Field(min_length=1, max_length=100), one_or_several(LogPath)] = (
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
    timezone: ZoneName | None = Field(
        default=None, description="of times without a zone, instead of this machine's", examples=["UTC"]
    )

    def format_problems(self, needed: Collection[LogField]) -> Iterator[str]:
        """Yield what is wrong with the format; each line must have the `needed` facts and a path."""
        by_name = self.format if self.format != "nginx" else None
        given = [
            each for each in (by_name, self.log_format, self.json_fields, self.regex) if each is not None
        ]
        if self.format == "nginx" and self.log_format is None:
            yield "`format: nginx` needs the `log_format` that nginx is configured with; copy it here"
        elif len(given) != 1:
            yield "write exactly one of `format`, `log_format`, `json` and `regex`"
        elif self.log_format is not None:
            yield from _missing("the log_format", NGINX_NAMES, self.variables, needed, "$")
        elif self.regex is not None:
            yield from _missing("the regex", REGEX_NAMES, self.groups, needed)

    @property
    def variables(self) -> set[str]:
        """The variables of its `log_format`."""
        return {a or b for a, b in LOG_FORMAT_VARIABLE.findall(self.log_format or "")}

    @property
    def groups(self) -> set[str]:
        """The groups of its `regex`."""
        return {*re.compile(self.regex or "").groupindex}

    @property
    def zone(self) -> ZoneInfo | None:
        """The zone of times that have none, None for this machine's."""
        return ZoneInfo(self.timezone) if self.timezone else None


def _missing(
    what: str, names: Names, known: set[str], needed: Collection[LogField], sign: str = ""
) -> Iterator[str]:
    for those in missing(names, known, needed):
        yield f"{what} has no {' or '.join(sign + named.name for named in those)}, which is needed; add it"
