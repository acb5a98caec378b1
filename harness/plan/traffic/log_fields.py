"""What a line of an access log may tell of a request, and the names routers have for it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class LogField(StrEnum):
    """One fact about a request."""

    TIME = "time"
    DURATION = "duration"
    """What the router measured for the user: the response time."""
    UPSTREAM_DURATION = "upstream_duration"
    """What the upstream took: the service time. Several tries add up."""
    STATUS = "status"
    METHOD = "method"
    PATH = "path"
    REQUEST = "request"
    """The request line, which holds method and path."""
    UPSTREAM = "upstream"
    """Who answered; several tries are separated by commas."""
    FLAGS = "flags"
    """The router's marks for how the request ended."""
    RETRIES = "retries"


@dataclass(frozen=True)
class NamedField:
    """The name of a fact in a log; a duration also has the length of its unit."""

    name: str
    unit_s: float = 1.0


Names = Mapping[LogField, tuple[NamedField, ...]]
"""The names a fact may have; the first one that a log has counts."""

UNITS_S: Final[Mapping[str, float]] = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}

NGINX_NAMES: Final[Names] = {
    LogField.TIME: (NamedField("msec"), NamedField("time_iso8601"), NamedField("time_local")),
    LogField.DURATION: (NamedField("request_time"),),
    LogField.UPSTREAM_DURATION: (NamedField("upstream_response_time"),),
    LogField.STATUS: (NamedField("status"),),
    LogField.METHOD: (NamedField("request_method"),),
    LogField.PATH: (NamedField("request_uri"), NamedField("uri")),
    LogField.REQUEST: (NamedField("request"),),
    LogField.UPSTREAM: (NamedField("upstream_addr"),),
}
"""Variables of ngx_http_core_module, ngx_http_log_module and ngx_http_upstream_module."""

REGEX_NAMES: Final[Names] = {
    LogField.TIME: (NamedField("time"),),
    LogField.DURATION: tuple(
        NamedField(f"duration{'' if unit == 's' else f'_{unit}'}", unit_s) for unit, unit_s in UNITS_S.items()
    ),
    LogField.UPSTREAM_DURATION: tuple(
        NamedField(f"upstream_duration{'' if unit == 's' else f'_{unit}'}", unit_s)
        for unit, unit_s in UNITS_S.items()
    ),
    LogField.STATUS: (NamedField("status"),),
    LogField.METHOD: (NamedField("method"),),
    LogField.PATH: (NamedField("path"),),
    LogField.REQUEST: (NamedField("request"),),
    LogField.UPSTREAM: (NamedField("upstream"),),
}
"""Names of the groups of a regular expression."""

TEXT_FACTS: Final[Mapping[str, frozenset[str]]] = {
    name: frozenset(facts.split())
    for name, facts in {
        "combined": "remote_addr time_local request status request_time upstream_response_time upstream_addr",
        "envoy": "start_time request response_code response_flags duration upstream_service_time "
        "upstream_host upstream_cluster",
        "haproxy": "client_ip time frontend backend server Tr Ta status state retries request_headers "
        "response_headers request",
        "traefik-common": "ClientHost StartUTC request DownstreamStatus RouterName ServiceURL Duration",
    }.items()
}
"""What the lines of the text formats tell; those with JSON may have any key."""


def resolved(names: Names, known: Collection[str]) -> dict[LogField, NamedField]:
    """Choose for each fact the name that a log has; a fact that has none is left out."""
    found = (
        (field, next((each for each in those if each.name in known), None)) for field, those in names.items()
    )
    return {field: named for field, named in found if named is not None}


JUDGED: Final = (LogField.TIME, LogField.DURATION, LogField.STATUS)
"""The facts that no line can be judged without, beside its path."""


def missing(
    names: Names, known: Collection[str], needed: Collection[LogField] = JUDGED
) -> Iterator[tuple[NamedField, ...]]:
    """Yield the names of each needed fact and of the path, where a log has none of them."""
    found = resolved(names, known)
    for field in needed:
        if field not in found:
            yield names[field]
    if LogField.REQUEST not in found and LogField.PATH not in found:
        yield (*names.get(LogField.PATH, ()), *names.get(LogField.REQUEST, ()))
