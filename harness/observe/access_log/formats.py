"""The log formats that are known by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from harness.observe.access_log.lines import JsonLines, LineReader, TextLines
from harness.observe.access_log.log_format import log_format_pattern
from harness.plan.traffic.log_fields import NGINX_NAMES, REGEX_NAMES, LogField, NamedField, Names
from harness.plan.traffic.log_lines import LogLines


@dataclass(frozen=True)
class LogFormat:
    """How the lines of a log are read, and what its facts are called.

    `is_abort` says by a line's flags whether the client went away; `begins` whether the time is that of the
    request's start; `has_addresses` whether an upstream is told by its address, so that anything else is the
    name of a group of which no server could be asked; `rounds_down` whether a duration has its fractions of a
    millisecond cut off, and is not the difference of two rounded times.
    """

    lines: LineReader
    names: Names
    is_abort: Callable[[str], bool] = lambda flags: False
    begins: bool = False
    has_addresses: bool = False
    rounds_down: bool = False


COMBINED: Final = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
    '"$http_referer" "$http_user_agent" $request_time'
)
"""nginx's predefined `combined` and the request time; upstream time and address may follow."""

# Envoy's default format string, in its documentation under "Access logging", and Istio's, which has why a
# connection failed before the bytes and more after the upstream. Nothing is escaped: a user agent may have
# quotes, so the upstream is the last of the quoted values.
_ENVOY: Final = re.compile(
    r'\[(?P<start_time>[^\]]+)\] "(?P<request>[^"]*)" (?P<response_code>\d+) (?P<response_flags>\S+) '
    r'(?:(?:[^\s"]+ ){0,2}(?:"[^"]*" ){1,2})?'
    r'\d+ \d+ (?P<duration>\d+) (?P<upstream_service_time>\S+) ".*" "(?P<upstream_host>[^"]*)"'
    r'(?: (?P<upstream_cluster>[^\s"]+)[^"]*)?\r?$'
)
# The JSON names are Istio's, and those of Contour and Envoy Gateway where they differ.
_ENVOY_NAMES: Final[Names] = {
    LogField.TIME: (NamedField("start_time"), NamedField("@timestamp")),
    LogField.DURATION: (NamedField("duration", 1e-3),),
    LogField.UPSTREAM_DURATION: (
        NamedField("upstream_service_time", 1e-3),
        NamedField("x-envoy-upstream-service-time", 1e-3),
    ),
    LogField.STATUS: (NamedField("response_code"),),
    LogField.REQUEST: (NamedField("request"),),
    LogField.METHOD: (NamedField("method"),),
    LogField.PATH: (NamedField("path"), NamedField("x-envoy-origin-path"), NamedField("x_envoy_origin_path")),
    LogField.UPSTREAM: (NamedField("upstream_host"),),
    LogField.FLAGS: (NamedField("response_flags"),),
    LogField.RETRIES: (NamedField("upstream_request_attempt_count"),),
}
# HAProxy's HTTP log format (`option httplog`), configuration manual 8.2.3.
_HAPROXY: Final = re.compile(
    r"(?P<client_ip>\S+):\d+ \[(?P<time>[^\]]+)\] "
    r"(?P<frontend>\S+) (?P<backend>[^/ ]+)/(?P<server>\S+) "
    r"-?\d+/-?\d+/-?\d+/(?P<Tr>-?\d+)/\+?(?P<Ta>\d+) (?P<status>-?\d+) \+?\d+ \S+ \S+ (?P<state>\S{4}) "
    r"\d+/\d+/\d+/\d+/\+?(?P<retries>\d+) \d+/\d+ "
    r"(?:\{(?P<request_headers>[^}]*)\} )??(?:\{(?P<response_headers>[^}]*)\} )?\"(?P<request>[^\"]*)\"?"
)
_HAPROXY_NAMES: Final[Names] = {
    LogField.TIME: (NamedField("time"),),
    LogField.DURATION: (NamedField("Ta", 1e-3),),
    LogField.UPSTREAM_DURATION: (NamedField("Tr", 1e-3),),
    LogField.STATUS: (NamedField("status"),),
    LogField.REQUEST: (NamedField("request"),),
    LogField.UPSTREAM: (NamedField("server"),),
    LogField.FLAGS: (NamedField("state"),),
    LogField.RETRIES: (NamedField("retries"),),
}
# Caddy's JSON access log: https://caddyserver.com/docs/caddyfile/directives/log
_CADDY_NAMES: Final[Names] = {
    LogField.TIME: (NamedField("ts"),),
    LogField.DURATION: (NamedField("duration"),),
    LogField.STATUS: (NamedField("status"),),
    LogField.METHOD: (NamedField("request.method"),),
    LogField.PATH: (NamedField("request.uri"),),
}
# Traefik's JSON access log: https://doc.traefik.io/traefik/observability/access-logs/
_TRAEFIK_NAMES: Final[Names] = {
    LogField.TIME: (NamedField("StartUTC"), NamedField("StartLocal")),
    LogField.DURATION: (NamedField("Duration", 1e-9),),
    LogField.UPSTREAM_DURATION: (NamedField("OriginDuration", 1e-9),),
    LogField.STATUS: (NamedField("DownstreamStatus"),),
    LogField.METHOD: (NamedField("RequestMethod"),),
    LogField.PATH: (NamedField("RequestPath"),),
    # In version 2 the address is an object.
    LogField.UPSTREAM: (NamedField("ServiceAddr"), NamedField("ServiceURL.Host"), NamedField("ServiceURL")),
    LogField.RETRIES: (NamedField("RetryAttempts"),),
}
# Traefik's default, the Common Log Format and more; the names are those of its JSON.
_TRAEFIK_COMMON: Final = re.compile(
    r'(?P<ClientHost>\S+) - .*? \[(?P<StartUTC>[^\s\]"]+ [+-]\d{4})\] "(?P<request>[^"]*)" '
    r'(?P<DownstreamStatus>\d+) \S+ ".*" ".*" \d+ "(?P<RouterName>[^"]*)" "(?P<ServiceURL>[^"]*)" '
    r"(?P<Duration>\d+)ms\r?$"
)
_TRAEFIK_COMMON_NAMES: Final[Names] = {
    LogField.TIME: (NamedField("StartUTC"),),
    LogField.DURATION: (NamedField("Duration", 1e-3),),
    LogField.STATUS: (NamedField("DownstreamStatus"),),
    LogField.REQUEST: (NamedField("request"),),
    LogField.UPSTREAM: (NamedField("ServiceURL"),),
}


def _combined() -> re.Pattern[str]:
    wanted = {"remote_addr"} | {named.name for names in NGINX_NAMES.values() for named in names}
    pattern = log_format_pattern(COMBINED, wanted).pattern
    plain = pattern.removesuffix("\r?$")
    upstream = (
        r'(?: (?P<upstream_response_time>[^\s"]+(?:(?:, | : )[^\s"]+)*)(?: "(?P<upstream_addr>[^"]*)")?)?'
    )
    return re.compile(f"{plain}{upstream}\r?$")


def _is_envoys_abort(flags: str) -> bool:
    return "DC" in flags.split(",")  # downstream connection termination


def _is_haproxys_abort(flags: str) -> bool:
    return flags.startswith("C")  # the first letter says who ended the session


BY_NAME: Final[Mapping[str, LogFormat]] = {
    "nginx-json": LogFormat(JsonLines(), NGINX_NAMES, has_addresses=True),
    "combined": LogFormat(TextLines(_combined()), NGINX_NAMES, has_addresses=True),
    "envoy": LogFormat(TextLines(_ENVOY), _ENVOY_NAMES, _is_envoys_abort, begins=True, rounds_down=True),
    "envoy-json": LogFormat(JsonLines(), _ENVOY_NAMES, _is_envoys_abort, begins=True, rounds_down=True),
    "haproxy": LogFormat(TextLines(_HAPROXY), _HAPROXY_NAMES, _is_haproxys_abort, begins=True),
    "caddy": LogFormat(JsonLines(), _CADDY_NAMES),
    "traefik": LogFormat(JsonLines(), _TRAEFIK_NAMES, begins=True),
    "traefik-common": LogFormat(
        TextLines(_TRAEFIK_COMMON), _TRAEFIK_COMMON_NAMES, begins=True, rounds_down=True
    ),
}


def format_of(log: LogLines, *wanted_too: str) -> LogFormat:
    """Return how a plan's log is read; `wanted_too` are more variables of a `log_format`."""
    if log.json_fields is not None:
        return LogFormat(JsonLines(), log.json_fields.names)
    if log.log_format is not None:
        wanted = {named.name for names in NGINX_NAMES.values() for named in names}.union(wanted_too)
        lines = TextLines(log_format_pattern(log.log_format, wanted))
        return LogFormat(lines, NGINX_NAMES, has_addresses=True)
    if log.regex is not None:
        return LogFormat(TextLines(re.compile(log.regex)), REGEX_NAMES)
    return BY_NAME[log.format or ""]
