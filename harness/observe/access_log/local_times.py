"""What a time without a zone means in the hours in which the clocks change.

When they go back, each local time of an hour is there twice; when they go forward, that of an hour never is.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import Protocol


class UnclearTime(Exception):
    """A local time that was twice, or never; the text says which, and what to do."""


class Reference(Protocol):
    """What tells the one of two moments that a line means."""

    def chosen(self, text: str, first_s: float, second_s: float, before_s: float | None) -> float:
        """Return one of the moments, in seconds since 1970, that a local time was at.

        `before_s` is that of the line before, None for the first one of those read at once.
        """

    def never(self, text: str) -> Exception:
        """Return the error for a local time that was never."""


class WrittenNow:
    """Lines that are read as they are written: the moment nearer to now is meant."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s

    def chosen(self, text: str, first_s: float, second_s: float, before_s: float | None) -> float:
        """Return the nearer one."""
        now_s = self._now_s()
        return min(first_s, second_s, key=lambda at_s: abs(at_s - now_s))

    def never(self, text: str) -> Exception:
        """Such a line cannot be read."""
        return ValueError(f"{text!r} never was")


class WrittenInTurn:
    """Lines of the past: each means a moment near that of the line before, and no other is guessed.

    Where the whole repeated hour was before `from_s`, either may be chosen. Raises UnclearTime.
    """

    def __init__(self, from_s: float = -math.inf) -> None:
        self._from_s = from_s
        self.before_s: float | None = None
        """When the last line of those read before was, if there was one."""

    def chosen(self, text: str, first_s: float, second_s: float, before_s: float | None) -> float:
        """Return the one that is surely nearer to the line before."""
        before_s = self.before_s if before_s is None else before_s
        for at_s in (first_s, second_s):
            if before_s is not None and abs(at_s - before_s) < (second_s - first_s) / 2:
                return at_s
        if 2 * second_s - first_s < self._from_s:
            return second_s
        raise UnclearTime(
            f"{text!r} was twice, because the clocks went back, and no line shortly before tells which"
        )

    def never(self, text: str) -> Exception:
        """No file of the right zone has such a line."""
        return UnclearTime(
            f"{text!r} never was, because the clocks went forward; set the `timezone` in which it was written"
        )


def moments_of(local: datetime, zone: tzinfo | None) -> tuple[float, float]:
    """Return what a local time means by the clocks before a change and by those after it.

    Far from a change these are the same; of a time that was twice the first is the earlier one, of one that
    never was the later.
    """
    first, second = (local.replace(tzinfo=zone, fold=fold).timestamp() for fold in (0, 1))
    return first, second
