"""A log file that is followed from now on, through rotation, truncation and late creation."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from harness.observe.access_log.following.line_buffer import LineBuffer
from harness.observe.access_log.following.opened_file import HEAD_BYTES, Identity, OpenedFile
from harness.observe.access_log.following.rotated_parts import RotatedParts, content, is_packed

# A router writes to a renamed file until it is told to open its log anew.
_QUIET_FOR_S: Final = 60.0
_MAX_HEADS: Final = 16
# After a rotation its parts may still be renamed and compressed.
_PARTS_SETTLE_S: Final = 2.0


class _OldFile:
    """A file that was renamed, and when it was last seen to grow."""

    def __init__(self, opened: OpenedFile, at_s: float) -> None:
        self.opened, self.grew_at_s = opened, at_s


class FollowedFile:
    """Reads what is added to a file; `clock` is monotonic.

    A file that does not exist yet is read from its start once it does. `lost` has what may be missing.
    """

    def __init__(self, path: str, clock: Callable[[], float]) -> None:
        self._path, self._clock = Path(path), clock
        self._parts = RotatedParts(self._path)
        self._old: list[_OldFile] = []
        self._heads: deque[bytes] = deque(maxlen=_MAX_HEADS)
        self._written_ns = 0
        self._parts_until_s, self._parts_since_ns = -math.inf, 0
        self.torn = 0
        """Lines without an end, or too long."""
        self.lost: list[str] = []
        self._current = self._open(at_end=True)

    def read(self) -> Iterator[bytes]:
        """Yield whole lines, piece by piece, up to the present end."""
        yield from self._read_old()
        if self._current is None:
            self._current = self._open(at_end=False)
            self._look_for_parts()
        if self._current is not None:
            if self._current.is_emptied():
                yield from self._after_truncation(self._current)
            self._written_ns = self._current.written_ns
            yield from self._rest_of(self._current)
            if not self._current.offset:
                # That a file which was empty at the last look has been emptied shows in its parts alone.
                self._look_for_parts()
            if self._current.has_full_disk():
                self._lose(f"the disk of {self._path} is full, so lines may be missing")
            if self._was_replaced(self._current):
                yield from self._after_replacement(self._current)
        if self._clock() <= self._parts_until_s:
            yield from self._read_missed()

    @property
    def absence(self) -> str | None:
        """Say that there is no file to read, if so."""
        return f"{self._path} does not exist" if self._current is None else None

    @property
    def identities(self) -> set[Identity]:
        """The files that are read now."""
        return {opened.identity for opened in self._opened()}

    def close(self) -> None:
        """Close every file."""
        for opened in self._opened():
            opened.close()

    def _opened(self) -> Iterator[OpenedFile]:
        yield from (old.opened for old in self._old)
        if self._current is not None:
            yield self._current

    def _open(self, *, at_end: bool) -> OpenedFile | None:
        try:
            return OpenedFile(self._path, at_end=at_end)
        except FileNotFoundError:
            return None
        except OSError as error:
            self._lose(f"{self._path} cannot be read: {error.strerror or error}")
            return None

    def _read_old(self) -> Iterator[bytes]:
        for old in list(self._old):
            read_to = old.opened.offset
            yield from self._rest_of(old.opened)
            if old.opened.offset > read_to:
                old.grew_at_s = self._clock()
            elif self._clock() > old.grew_at_s + _QUIET_FOR_S:
                self._old.remove(old)
                self.torn += old.opened.lines.end()
                old.opened.close()

    def _rest_of(self, opened: OpenedFile) -> Iterator[bytes]:
        for data in opened.pieces():
            yield from self._whole(opened.lines, data)

    def _whole(self, buffer: LineBuffer, data: bytes) -> Iterator[bytes]:
        if lines := buffer.feed(data):
            yield lines
        self.torn += buffer.dropped
        buffer.dropped = 0

    def _was_replaced(self, opened: OpenedFile) -> bool:
        try:
            status = self._path.stat()
        except OSError:
            # Renamed, and the new file is still to come; until then the old one may grow.
            return False
        return (status.st_dev, status.st_ino) != opened.identity

    def _after_replacement(self, before: OpenedFile) -> Iterator[bytes]:
        """Go on with the file that took the place of another, which may still grow."""
        self._heads.append(before.head)
        self._old.append(_OldFile(before, self._clock()))
        self._current = self._open(at_end=False)
        self._look_for_parts()
        if self._current is None:
            return
        is_alike = len(before.head) == HEAD_BYTES and self._current.head == before.head
        if not self._current.goes_on_after(before) and is_alike:
            self._lose(f"{self._path} was replaced by another copy of itself, so lines may count twice")
        yield from self._rest_of(self._current)

    def _after_truncation(self, opened: OpenedFile) -> Iterator[bytes]:
        """Read what was added before the file was emptied from the copy that was made of it."""
        rest = self._parts.rest_of(opened)
        if rest is None:
            self._lose(f"{self._path} was emptied, and no copy of it has the lines that were added before")
        elif rest:
            opened.advance(rest)
            yield from self._whole(opened.lines, rest)
        self.torn += opened.lines.end()
        self._heads.append(opened.head)
        opened.rewind()
        self._look_for_parts()

    def _look_for_parts(self) -> None:
        """Look for parts from now on for a while: for those that were written to after the last look."""
        if self._clock() > self._parts_until_s:
            self._parts_since_ns = self._written_ns
        self._parts_until_s = self._clock() + _PARTS_SETTLE_S

    def _read_missed(self) -> Iterator[bytes]:
        """Read the parts that took the log's place and lost it again while nobody looked."""
        current = [self._current.head] if self._current is not None else []
        for part in self._parts.unread(self._parts_since_ns, [*self._heads, *current]):
            if is_packed(part):
                yield from self._read_packed(part)
                continue
            try:
                missed = OpenedFile(part, at_end=False)
            except OSError as error:
                self._lose(f"{part} cannot be read: {error.strerror or error}")
                continue
            self._heads.append(missed.head)
            self._old.append(_OldFile(missed, self._clock()))
            yield from self._rest_of(missed)

    def _read_packed(self, part: Path) -> Iterator[bytes]:
        buffer, whole = LineBuffer(), content(part)
        if whole is None:
            self._lose(f"{part} is damaged, so lines may be missing")
            return
        self._heads.append(whole[:HEAD_BYTES])
        yield from self._whole(buffer, whole)
        self.torn += buffer.end()

    def _lose(self, what: str) -> None:
        if what not in self.lost:
            self.lost.append(what)
