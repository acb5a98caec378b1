"""Log files of the past, plain or compressed, read side by side in the order of their times."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from harness.observe.access_log.following.compressed import DAMAGED, open_log
from harness.observe.access_log.following.line_buffer import LineBuffer
from harness.observe.access_log.following.opened_file import HEAD_BYTES
from harness.observe.access_log.following.rotated_parts import content
from harness.observe.access_log.local_times import UnclearTime, WrittenInTurn
from harness.observe.access_log.requests import LoggedRequests, LogReader
from harness.observe.past.sampled import sampled
from harness.plan.traffic.traffic import AccessLog, Traffic

_PIECE_BYTES: Final = 1 << 20
_MAX_SHOWN: Final = 120
MAX_DISORDER_S: Final = 60.0
"""How far the lines of a file may be out of order: routers write from buffers, each worker from its own."""
# So many lines without a readable one are no accident.
_ENOUGH_LINES: Final = 1000


class PastLogError(Exception):
    """The log files do not fit the plan or the times; the text says why and what to do."""


@dataclass(frozen=True)
class Batch:
    """Requests that stand together in a file, and the times between which they ended."""

    requests: LoggedRequests
    log: int
    """Which of the logs it is from: files that a rotation made are one."""
    first_s: float
    last_s: float

    def between(self, from_s: float, until_s: float) -> LoggedRequests:
        """Return the requests that ended in a stretch of time."""
        chosen = (self.requests.ended_s >= from_s) & (self.requests.ended_s < until_s)
        columns: dict[str, Any] = {
            name: column[chosen]
            for name, column in vars(self.requests).items()
            if isinstance(column, np.ndarray)
        }
        return replace(self.requests, **columns)


class PastLogs:
    """Reads every file once, each as far as the others.

    `lost` has what may be missing, in sentences, `named` the endpoints of the plan. Of what ended long before
    `from_s` only samples are read. Raises PastLogError for files that cannot be opened.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        traffic: Traffic,
        named: Sequence[str] = (),
        from_s: float = -math.inf,
    ) -> None:
        self._traffic, self._from_s = traffic, from_s
        self._in_turn = WrittenInTurn(from_s - MAX_DISORDER_S)
        self._reader = LogReader(traffic, self._in_turn, named)
        _check_differ(paths)
        self._files = [PastFile(path) for path in paths]
        names = list(map(_without_rotation, paths))
        known = list(dict.fromkeys(names))
        self._log_of = [known.index(name) for name in names]
        self._ahead: list[Batch] = []
        self.lost: list[str] = []
        self.first_s = math.inf
        """When the first request ended of those read so far."""
        self.last_s = -math.inf
        """When the last one did."""

    @property
    def named(self) -> Sequence[str]:
        """The endpoints that are told apart in any case."""
        return self._reader.named

    @property
    def endpoints(self) -> Sequence[str]:
        """The endpoints seen so far, by number."""
        return self._reader.endpoints

    @property
    def count(self) -> int:
        """How many logs there are."""
        return len(set(self._log_of))

    @property
    def is_over(self) -> bool:
        """Whether every file was read to its end."""
        return all(file.is_over for file in self._files)

    def read_ahead(self, at_s: float) -> None:
        """Read up to a moment, and keep what reaches it for `until`; raises PastLogError."""
        for batch in self.until(at_s):
            if batch.last_s >= at_s:
                self._ahead.append(batch)

    def until(self, at_s: float) -> Iterator[Batch]:
        """Yield what every file says up to a moment, and a little more.

        Raises PastLogError where the lines of a file cannot be read.
        """
        ahead, self._ahead = self._ahead, []
        yield from ahead
        while True:
            number, file = min(enumerate(self._files), key=lambda each: each[1].reached_s)
            if file.reached_s >= at_s:
                return
            if (batch := self._next(number, file)) is not None:
                yield batch

    def close(self) -> None:
        """Close every file."""
        for file in self._files:
            file.close()

    def check_begins(self) -> None:
        """Raise PastLogError where there is no request at all."""
        if not math.isfinite(self.first_s):
            names = ", ".join(str(file.path) for file in self._files)
            raise PastLogError(f"{names}: there is no request in the log; name the files with --log")

    def _next(self, number: int, file: PastFile) -> Batch | None:
        piece = file.read()
        if file.problem is not None:
            self.lost.append(file.problem)
            file.problem = None
        torn, file.torn = file.torn, 0
        self._in_turn.before_s = file.before_s
        try:
            samples = self._samples_of_what_is_long_over(piece)
            requests = self._reader.read(piece) if samples is None else samples
        except UnclearTime as unclear:
            raise PastLogError(f"{file.path}: {unclear}") from None
        requests = replace(requests, unread=requests.unread + torn)
        file.count(len(requests.ended_s), requests.unread, piece)
        file.check(self._traffic.log)
        if len(requests.ended_s):
            first_s, last_s = float(requests.ended_s.min()), float(requests.ended_s.max())
            self.first_s, self.last_s = min(self.first_s, first_s), max(self.last_s, last_s)
            file.reached_s, file.before_s = max(file.reached_s, last_s), float(requests.ended_s[-1])
        elif requests.unread and math.isfinite(file.reached_s):
            first_s = last_s = file.reached_s
        else:
            first_s = last_s = -math.inf
        if file.is_over:
            file.reached_s = math.inf
        if samples is not None or not math.isfinite(last_s):
            return None
        return Batch(requests, self._log_of[number], first_s, last_s)

    def _samples_of_what_is_long_over(self, piece: bytes) -> LoggedRequests | None:
        """Return samples of a piece, if all of them ended long before what is asked for."""
        if self._from_s == -math.inf:
            return None
        samples = self._reader.read(sampled(piece))
        latest_s = samples.ended_s.max(initial=-math.inf)
        return samples if -math.inf < latest_s < self._from_s - MAX_DISORDER_S else None


class PastFile:
    """One file, read piece by piece."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file, self._is_compressed = open_log(path)
        except OSError as error:
            raise PastLogError(f"{path}: cannot be read ({(error.strerror or str(error)).lower()})") from None
        self._lines = LineBuffer()
        self._readable, self._unreadable, self._first = 0, 0, b""
        self.reached_s = -math.inf
        self.before_s: float | None = None
        """The moment of the last line that was read."""
        self.is_over = False
        self.torn = 0
        self.problem: str | None = None

    def read(self) -> bytes:
        """Return the next whole lines."""
        try:
            data = self._file.read(_PIECE_BYTES)
        except DAMAGED as error:
            self.problem = f"{self.path} is damaged and cannot be read to its end ({error})"
            data = b""
        if not data:
            self.is_over = True
            self._file.close()
            # The last line of a file that nobody writes to may be whole without an end.
            data = b"\n"
        lines = self._lines.feed(data)
        self.torn, self._lines.dropped = self.torn + self._lines.dropped, 0
        return b"" if lines == b"\n" else lines

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def count(self, readable: int, unreadable: int, piece: bytes) -> None:
        """Take note of how many lines of a piece could be read."""
        self._readable += readable
        self._unreadable += unreadable
        self._first = self._first or piece[: 4 * _MAX_SHOWN].lstrip().split(b"\n")[0]

    def check(self, log: AccessLog) -> None:
        """Raise PastLogError where no line fits the format."""
        is_enough = self.is_over or self._unreadable >= _ENOUGH_LINES
        if is_enough and self._unreadable and not self._readable:
            shown = "".join(c if c.isprintable() else "?" for c in self._first.decode("utf-8", "replace"))
            raise PastLogError(
                f"{self.path}: none of its first {self._unreadable:,} lines can be read as {_named(log)}; "
                f"the first is: {shown[:_MAX_SHOWN]}"
            )


def _check_differ(paths: Sequence[Path]) -> None:
    """Raise PastLogError where a file and its copy, perhaps compressed, would count twice."""
    known: dict[bytes, Path] = {}
    for path in paths:
        head = content(path, HEAD_BYTES) or b""
        if len(head) == HEAD_BYTES and (first := known.setdefault(head, path)) is not path:
            raise PastLogError(
                f"{first} and {path} begin with the same lines, which would count twice; name one"
            )


def _without_rotation(path: Path) -> str:
    """Return a path without what rotation adds: `access.log` for `access.log.2.gz`."""
    name = re.sub(r"[.-]?\d+", "", path.name.removesuffix(".gz"))
    return str(path.parent / name)


def _named(log: AccessLog) -> str:
    if log.log_format is not None:
        return "the plan's `log_format`"
    if log.json_fields is not None:
        return "JSON with the plan's `json` keys"
    return "the plan's `regex`" if log.regex is not None else f"`format: {log.format}`"
