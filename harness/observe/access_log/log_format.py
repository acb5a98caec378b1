r"""nginx's `log_format` strings as regular expressions.

See https://nginx.org/en/docs/http/ngx_http_log_module.html: a string of literals and variables, `$name` or
`${name}`. A value ends before the character that follows its variable. Double quotes and control characters
in it are written as `\xXX`, or with `escape=json` and by Apache as `\"`: what follows a backslash ends no
value. Values whose shape nginx fixes have that shape: a hostile line then costs no long search, and another
server's microseconds or whole seconds are not read as nginx's seconds.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from harness.plan.traffic.log_lines import LOG_FORMAT_VARIABLE

# Several tries of one request: `10.0.0.1:80, 10.0.0.2:80 : 10.0.0.3:80`, or proxies that it came through.
_SEVERAL = r"[^\s,]+(?:(?:, | : )[^\s,]+)*"
_SHAPES = {
    "msec": r"\d+\.\d+",
    "request_time": r"\d+\.\d+",
    "status": r"\d+",
    "time_iso8601": r'[^\s\]"]+',
    "time_local": r'[^\s\]"]+ [+-]\d{4}',
}
_SPACED = {"request": r".*?", "remote_user": r".*?"}


def log_format_pattern(text: str, wanted: Collection[str]) -> re.Pattern[str]:
    """Return the expression of a `log_format`; its groups are the `wanted` variables, where each is first."""
    parts = LOG_FORMAT_VARIABLE.split(text)
    literals, variables = parts[::3], [a or b for a, b in zip(parts[1::3], parts[2::3], strict=True)]
    written, seen = [re.escape(literals[0])], set[str]()
    for variable, literal in zip(variables, literals[1:], strict=True):
        value = _value(variable, literal)
        is_asked = variable in wanted and variable not in seen
        seen.add(variable)
        written += [f"(?P<{variable}>{value})" if is_asked else f"(?:{value})", re.escape(literal)]
    return re.compile(f"{''.join(written)}\r?$")


def until(end: str) -> str:
    """Return the expression of a value that ends before a character; a backslash takes away its meaning."""
    plain = rf"[^{re.escape(end)}\\]*"
    return rf"{plain}(?:\\.{plain})*"


def _value(variable: str, follows: str) -> str:
    if variable in _SHAPES:
        return _SHAPES[variable]
    end = follows[:1]
    if end and end not in " \t":
        return until(end)
    if variable.startswith("upstream_") or variable.endswith("x_forwarded_for"):
        return _SEVERAL
    return _SPACED.get(variable, r"\S*" if end else ".*?")
