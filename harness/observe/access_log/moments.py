"""Times as logs write them, as seconds since 1970."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, tzinfo

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

    Times without a zone are in `zone`, None for this machine's. In the hour that a change of the clocks
    repeats a line means the moment that is nearer to the line before it, the first line that nearer to
    `now_s`.
    """

    def __init__(self, zone: tzinfo | None, now_s: Callable[[], float]) -> None:
        self._zone, self._now_s = zone, now_s
        self._known: dict[str, float] = {}
        self._before_s, self._is_clear = 0.0, True

    def of(self, values: Sequence[object]) -> list[float]:
        """Read a column; ValueError for something that is no time."""
        if not isinstance(values[0], str):
            numbers = list(map(float, values))  # type: ignore[arg-type]
            # A call for each costs more than all the rest; most logs have seconds.
            return numbers if max(numbers) <= _MOST_S else list(map(seconds_of_number, numbers))
        known, self._is_clear = self._known, True
        moments = [known.get(text) or self._read(text) for text in values]  # type: ignore[call-overload]
        return moments if self._is_clear else self._in_turn(values)

    def _in_turn(self, values: Sequence[object]) -> list[float]:
        """Read a column in which some times occur twice."""
        self._before_s, moments = self._now_s(), []
        for text in values:
            self._before_s = self._known.get(text) or self._read(text)  # type: ignore[call-overload]
            moments.append(self._before_s)
        return moments

    def _read(self, text: object) -> float:
        if not isinstance(text, str):
            return seconds_of_number(float(text))  # type: ignore[arg-type]
        at_s, is_clear = self._meaning(text)
        self._is_clear &= is_clear
        if is_clear:
            if len(self._known) >= _MAX_KNOWN:
                self._known.clear()
            self._known[text] = at_s
        return at_s

    def _meaning(self, text: str) -> tuple[float, bool]:
        """Return the moment, and whether the text alone says it."""
        try:
            return seconds_of_number(float(text)), True
        except ValueError:
            moment = _written(text)
        if moment.tzinfo is not None:
            return moment.timestamp(), True
        both = [moment.replace(tzinfo=self._zone, fold=fold).timestamp() for fold in (0, 1)]
        return min(both, key=lambda at_s: abs(at_s - self._before_s)), both[0] == both[1]


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
