"""The endpoint of a request: its method and route, with what names one thing of many left out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from harness.observe.cpu_limit import limited
from harness.record.histograms.endpoints import Endpoints

_MAX_ROUTE: Final = 150
_METHOD: Final = re.compile(r"[A-Z]{1,20}")
_ORIGIN: Final = re.compile(r"[a-z][a-z0-9+.-]*://[^/]*", re.IGNORECASE)
_PLACEHOLDER: Final = re.compile(r"\{[^/{}]*\}")
_SEVERAL_IN_A_SEGMENT: Final = re.compile(r"\}[^/]*\{")
# A number, a UUID (RFC 9562), or at least eight hexadecimal or twenty other characters with a digit in them.
_ID: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    r"|\d+"
    r"|(?=[A-Fa-f]*\d)[0-9a-fA-F]{8,}"
    r"|(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{20,}"
    r")(?![A-Za-z0-9])"
)


class EndpointNames:
    """Names endpoints: by the first of the `patterns` that fits a path, or by its path with ids as `{id}`.

    A pattern is a path; `{name}` stands for one segment, a `*` at its end for the rest. The endpoints that
    the plan has `named` are told apart however many others come before them. A path at which a pattern with
    several names in one segment tries for too long raises TookTooLong.
    """

    def __init__(self, patterns: Sequence[str], named: Iterable[str] = ()) -> None:
        self._patterns = [(pattern, _shape(pattern)) for pattern in patterns]
        self._told_apart = Endpoints(named)

    def name(self, method: str, path: str) -> str:
        """Return the name of a request's endpoint."""
        shown = method if _METHOD.fullmatch(method) else "?"
        return self._told_apart.counted_as(f"{shown} {self._route(path)}")

    def _route(self, path: str) -> str:
        path = path.partition("?")[0].partition("#")[0]
        if not path.startswith("/"):
            origin = _ORIGIN.match(path)
            path = (path[origin.end() :] if origin else path) or "/"
        for pattern, fits in self._patterns:
            if fits(path):
                return pattern
        return folded(path)


def folded(path: str) -> str:
    """Return a path with its ids as `{id}`, short enough and printable."""
    route = _ID.sub("{id}", path[: 4 * _MAX_ROUTE])[:_MAX_ROUTE]
    return route if route.isprintable() else "".join(c if c.isprintable() else "?" for c in route)


def _shape(pattern: str) -> Callable[[str], object]:
    text, rest = (pattern[:-1], ".*") if pattern.endswith("*") else (pattern, "")
    literals = map(re.escape, _PLACEHOLDER.split(text))
    fits = re.compile("[^/]+".join(literals) + rest, re.DOTALL).fullmatch
    return limited(fits) if _SEVERAL_IN_A_SEGMENT.search(pattern) else fits
