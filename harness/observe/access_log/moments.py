"""Times as logs write them, as seconds since 1970."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta, tzinfo

from harness.observe.access_log.local_times import Reference, moments_of

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# The Common Log Format, and HAProxy's with milliseconds and without a zone.
_COMMON = re.compile(r"(\d\d)/([A-Z][a-z]{2})/(\d{4}):(\d\d:\d\d:\d\d)(\.\d+)?(?: ([+-]\d{4}))?")
# ISO 8601 and RFC 3339 count a leap second as the sixtieth of its minute; seconds since 1970 have none.
_LEAP_SECOND = re.compile(r"(.*\d\d:\d\d:)60(\D.*)?")
# A time with decimals, and perhaps a zone after them.
_FRACTION = re.compile(r"([^.]*:\d\d)(\.\d+)([^.\d][^.]*|)")
_MAX_KNOWN = 4096
# Numbers above these are milliseconds, microseconds and nanoseconds since 1970, not seconds.
_MOST_S = 1e11
_FINER_THAN_S = ((1e17, 1e-9), (1e14, 1e-6), (_MOST_S, 1e-3))


class Moments:
    """Reads the times of one log.

    Times without a zone are in `zone`, None for this machine's; `reference` tells what they mean where the
    clocks change.
    """

    def __init__(self, zone: tzinfo | None, reference: Reference) -> None:
        self._zone, self._reference = zone, reference
        self._known: dict[str, tuple[float, float]] = {}
        self._clear: dict[object, float] = {}

    def of(self, values: Sequence[object]) -> list[float]:
        """Read a column; ValueError for something that is no time, UnclearTime for what may be several."""
        if not isinstance(values[0], str):
            with suppress(ValueError):  # where texts follow
                numbers = list(map(float, values))  # type: ignore[arg-type]
                # A call for each costs more than all the rest; most logs have seconds.
                return numbers if max(numbers) <= _MOST_S else list(map(seconds_of_number, numbers))
        clear = self._clear
        try:
            return [clear.get(text) or self._read(text) for text in values]
        except _DependsOnOthers:
            return self._in_turn(values)

    def _read(self, text: object) -> float:
        first_s, second_s = self._both(text)
        if first_s != second_s:
            raise _DependsOnOthers
        if len(self._clear) >= _MAX_KNOWN:
            self._clear.clear()
        self._clear[text] = first_s
        return first_s

    def _in_turn(self, values: Sequence[object]) -> list[float]:
        """Read a column in which some times occur twice."""
        moments: list[float] = []
        for text in values:
            at_s, second_s = self._both(text)
            if at_s != second_s:
                before_s = moments[-1] if moments else None
                at_s = self._reference.chosen(str(text), at_s, second_s, before_s)
            moments.append(at_s)
        return moments

    def _both(self, text: object) -> tuple[float, float]:
        """Return what a time means by the clocks before a change and by those after it."""
        if not isinstance(text, str) or ":" not in text:
            with suppress(ValueError):
                at_s = seconds_of_number(float(text))  # type: ignore[arg-type]
                return at_s, at_s
        if (parts := _FRACTION.fullmatch(str(text))) is None:
            return self._of_whole_second(str(text))
        # Few seconds are seen, each with many fractions.
        first_s, second_s = self._of_whole_second(parts[1] + parts[3])
        part_s = float(parts[2])
        return first_s + part_s, second_s + part_s

    def _of_whole_second(self, text: str) -> tuple[float, float]:
        if (known := self._known.get(text)) is None:
            if len(self._known) >= _MAX_KNOWN:
                self._known.clear()
            known = self._known[text] = self._meanings(_written(text), text)
        return known

    def _meanings(self, moment: datetime, text: str) -> tuple[float, float]:
        if moment.tzinfo is not None:
            return moment.timestamp(), moment.timestamp()
        both = moments_of(moment, self._zone)
        if both[0] > both[1]:
            raise self._reference.never(text)
        return both


class _DependsOnOthers(Exception):
    """A time that occurs twice."""


def seconds_of_number(number: float) -> float:
    """Return a number of seconds, milli-, micro- or nanoseconds since 1970 in seconds."""
    for above, unit_s in _FINER_THAN_S:
        if number > above:
            return number * unit_s
    return number


def _written(text: str) -> datetime:
    if leap := _LEAP_SECOND.fullmatch(text):
        return _written(f"{leap[1]}59{leap[2] or ''}") + timedelta(seconds=1)
    common = _COMMON.fullmatch(text.strip("[]"))
    if common is None:
        return datetime.fromisoformat(text.replace("/", "-"))
    day, month, year, clock, fraction, zone = common.groups()
    if month not in _MONTHS:
        raise ValueError(f"there is no month {month}")
    zone = "" if zone is None else f"{zone[:3]}:{zone[3:]}"
    return datetime.fromisoformat(
        f"{year}-{_MONTHS.index(month) + 1:02d}-{day}T{clock}{fraction or ''}{zone}"
    )
