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
        self._known: dict[str, float] = {}

    def of(self, values: Sequence[object]) -> list[float]:
        """Read a column; ValueError for something that is no time, UnclearTime for what may be several."""
        if not isinstance(values[0], str):
            with suppress(ValueError):  # where texts follow
                numbers = list(map(float, values))  # type: ignore[arg-type]
                # A call for each costs more than all the rest; most logs have seconds.
                return numbers if max(numbers) <= _MOST_S else list(map(seconds_of_number, numbers))
        known = self._known
        try:
            return [known.get(text) or self._read(text) for text in values]  # type: ignore[call-overload]
        except _DependsOnOthers:
            return self._in_turn(values)

    def _in_turn(self, values: Sequence[object]) -> list[float]:
        """Read a column in which some times occur twice."""
        moments: list[float] = []
        for text in values:
            try:
                at_s = self._read(text)
            except _DependsOnOthers as two:
                before_s = moments[-1] if moments else None
                at_s = self._reference.chosen(str(text), two.first_s, two.second_s, before_s)
            moments.append(at_s)
        return moments

    def _read(self, text: object) -> float:
        """Return the moment of a text that says it alone; raises _DependsOnOthers for another."""
        if not isinstance(text, str):
            return seconds_of_number(float(text))  # type: ignore[arg-type]
        known = self._known
        if text not in known:
            at_s = self._meaning(text)
            if len(known) >= _MAX_KNOWN:
                known.clear()
            known[text] = at_s
        return known[text]

    def _meaning(self, text: str) -> float:
        try:
            return seconds_of_number(float(text))
        except ValueError:
            moment = _written(text)
        if moment.tzinfo is not None:
            return moment.timestamp()
        first_s, second_s = moments_of(moment, self._zone)
        if first_s > second_s:
            raise self._reference.never(text)
        if first_s < second_s:
            raise _DependsOnOthers(first_s, second_s)
        return first_s


class _DependsOnOthers(Exception):
    def __init__(self, first_s: float, second_s: float) -> None:
        super().__init__()
        self.first_s, self.second_s = first_s, second_s


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
