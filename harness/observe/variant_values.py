"""Whose a request is, by the value that tells its variant."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from enum import IntEnum
from fnmatch import translate

from harness.observe.cpu_limit import limited
from harness.plan.traffic.values import is_expression


class Owner(IntEnum):
    """Whose a request is; all but the last are the positions of `OWNERS` in a window."""

    BASELINE = 0
    CANARY = 1
    CONTROL = 2
    UNATTRIBUTED = 3
    """Some upstream's that the plan does not name."""
    ROUTER = 4
    """No upstream was asked: a cache hit, a redirect, an error of the router's own."""


class VariantValues:
    """The values of each variant; without any for the baseline, all that are not of another.

    A value at which an expression tries for too long raises TookTooLong.
    """

    def __init__(self, baseline: Sequence[str], canary: Sequence[str], control: Sequence[str]) -> None:
        self._canary, self._control = _matcher(canary), _matcher(control)
        self.has = _matcher((*baseline, *canary, *control))
        """Whether a value is one of those given."""
        self._baseline = _matcher(baseline) if baseline else lambda value: True

    def owner(self, value: str) -> Owner:
        """Return whose a value is."""
        if self._canary(value):
            return Owner.CANARY
        if self._control(value):
            return Owner.CONTROL
        return Owner.BASELINE if self._baseline(value) else Owner.UNATTRIBUTED


def _matcher(patterns: Sequence[str]) -> Callable[[str], bool]:
    exact = frozenset(patterns)
    shapes = [shape for pattern in patterns if (shape := _shape(pattern)) is not None]
    return lambda value: value in exact or any(shape(value) for shape in shapes)


def _shape(pattern: str) -> Callable[[str], object] | None:
    if is_expression(pattern):
        return limited(re.compile(pattern[1:-1]).search)
    return re.compile(translate(pattern)).match if any(mark in pattern for mark in "*?") else None
