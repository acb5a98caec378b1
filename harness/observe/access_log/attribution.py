"""Whose a logged request is: a variant's, the router's own, or nobody's."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from enum import IntEnum
from fnmatch import translate
from typing import Final

from harness.plan.traffic.traffic import VariantField, is_expression

_TRY_ENDS: Final = re.compile(r",\s*| : ")
_NOBODY: Final = frozenset({"", "-", "<NOSRV>", "<CACHE>", "<STATS>", "<PROMEX>", "None"})


class Owner(IntEnum):
    """Whose a request is; the first three are the positions of `OWNERS` in a window."""

    BASELINE = 0
    CANARY = 1
    UNATTRIBUTED = 2
    """Some upstream's that the plan does not name."""
    ROUTER = 3
    """No upstream was asked: a cache hit, a redirect, an error of the router's own."""


class LogAttribution:
    """Tells a request's owner by the plan's rule.

    A request that was tried several times is one response, of the variant that was asked first: that is what
    the weight shares out, and what made the retry necessary.
    """

    def __init__(self, rule: VariantField) -> None:
        self._canary = _matcher(rule.canary)
        self._baseline = _matcher(rule.baseline) if rule.baseline else lambda value: True

    def owner(self, value: object, upstream: object, *, has_upstream: bool) -> tuple[Owner, bool]:
        """Return whose a request is, and whether it was tried more than once.

        `has_upstream` says that the log names the upstream of a request that had one.
        """
        asked = _tries(upstream)
        if has_upstream and not asked:
            return Owner.ROUTER, False
        named = _tries(value)
        return self._of(named[0]) if named else Owner.UNATTRIBUTED, len(asked) > 1

    def _of(self, value: str) -> Owner:
        if self._canary(value):
            return Owner.CANARY
        return Owner.BASELINE if self._baseline(value) else Owner.UNATTRIBUTED


def _tries(value: object) -> list[str]:
    """Return who was asked, in order; a try that found no server asked nobody."""
    text = "" if value is None else str(value)
    return [one for one in _TRY_ENDS.split(text) if one not in _NOBODY]


def _matcher(patterns: Sequence[str]) -> Callable[[str], bool]:
    exact = frozenset(patterns)
    shapes = [shape for pattern in patterns if (shape := _shape(pattern)) is not None]
    return lambda value: value in exact or any(shape(value) for shape in shapes)


def _shape(pattern: str) -> Callable[[str], object] | None:
    if is_expression(pattern):
        return re.compile(pattern[1:-1]).search
    return re.compile(translate(pattern)).match if any(mark in pattern for mark in "*?") else None
