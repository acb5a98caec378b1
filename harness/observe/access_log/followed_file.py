"""A log file that is followed from now on, through rotation, truncation and late creation."""

from __future__ import annotations

import gzip
import os
import stat
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from harness.observe.access_log.line_buffer import LineBuffer

_PIECE_BYTES: Final = 1 << 20
# Enough of what was read last to tell whether a file still is what it was.
_MARK_BYTES: Final = 128
# A router writes to a renamed file until it is told to open its log anew.
_OLD_FOR_S: Final = 60.0
_MAX_COPIES: Final = 8
_MAX_COPY_BYTES: Final = 1 << 30


class _Opened:
    """An open file and the place up to which it was read."""

    def __init__(self, path: Path, at_end: bool) -> None:
        self._fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        status = os.fstat(self._fd)
        if not stat.S_ISREG(status.st_mode):
            os.close(self._fd)
            raise OSError(f"{path} is not a regular file")
        self.identity = (status.st_dev, status.st_ino)
        self.offset = status.st_size if at_end else 0
        self.lines = LineBuffer()
        self.mark = b""
        if self.offset:
            self.mark = os.pread(self._fd, _MARK_BYTES, max(self.offset - _MARK_BYTES, 0))
            if not self.mark.endswith(b"\n"):
                self.lines.skip()

    def is_emptied(self) -> bool:
        """Whether it was truncated, even if it has grown again since."""
        if os.fstat(self._fd).st_size < self.offset:
            return True
        return os.pread(self._fd, len(self.mark), self.offset - len(self.mark)) != self.mark

    def read(self) -> bytes:
        """Return the next piece; empty at the end."""
        data = os.pread(self._fd, _PIECE_BYTES, self.offset)
        self.advance(data)
        return data

    def advance(self, data: bytes) -> None:
        """Note what was read from here on, from this file or from a copy of it."""
        self.offset += len(data)
        self.mark = (self.mark + data)[-_MARK_BYTES:]

    def rewind(self) -> None:
        """Begin again at the start."""
        self.offset, self.mark = 0, b""

    def close(self) -> None:
        """Close it."""
        os.close(self._fd)


class FollowedFile:
    """Reads what is added to a file; `clock` is monotonic.

    A file that does not exist yet is read from its start once it does. `lost` has what may be missing.
    """

    def __init__(self, path: str, clock: Callable[[], float]) -> None:
        self._path, self._clock = Path(path), clock
        self._old: list[tuple[_Opened, float]] = []
        self.torn = 0
        """Lines without an end, or too long."""
        self.lost: list[str] = []
        self._current = self._open(at_end=True)

    def read(self) -> Iterator[bytes]:
        """Yield whole lines, piece by piece, up to the present end."""
        for old, until_s in list(self._old):
            yield from self._rest_of(old)
            if self._clock() > until_s:
                self._old.remove((old, until_s))
                self._end(old)
        if self._current is None:
            self._current = self._open(at_end=False)
        if self._current is not None:
            if self._current.is_emptied():
                yield from self._after_truncation(self._current)
            yield from self._rest_of(self._current)
            if self._was_replaced(self._current):
                self._old.append((self._current, self._clock() + _OLD_FOR_S))
                self._current = self._open(at_end=False)
                if self._current is not None:
                    yield from self._rest_of(self._current)

    @property
    def absence(self) -> str | None:
        """Say that there is no file to read, if so."""
        return f"{self._path} does not exist" if self._current is None else None

    def close(self) -> None:
        """Close every file."""
        for opened in (*(old for old, _ in self._old), *filter(None, [self._current])):
            opened.close()

    def _open(self, *, at_end: bool) -> _Opened | None:
        try:
            return _Opened(self._path, at_end)
        except FileNotFoundError:
            return None
        except OSError as error:
            self._lose(f"{self._path} cannot be read: {error.strerror or error}")
            return None

    def _rest_of(self, opened: _Opened) -> Iterator[bytes]:
        while data := opened.read():
            yield from self._whole(opened, data)

    def _whole(self, opened: _Opened, data: bytes) -> Iterator[bytes]:
        if lines := opened.lines.feed(data):
            yield lines
        self.torn += opened.lines.dropped
        opened.lines.dropped = 0

    def _end(self, opened: _Opened) -> None:
        self.torn += opened.lines.end()
        opened.close()

    def _was_replaced(self, opened: _Opened) -> bool:
        try:
            status = self._path.stat()
        except OSError:
            # Renamed, and the new file is still to come; until then the old one may grow.
            return False
        return (status.st_dev, status.st_ino) != opened.identity

    def _after_truncation(self, opened: _Opened) -> Iterator[bytes]:
        """Read what was added before the file was emptied from the copy that was made of it."""
        rest = next((rest for copy in self._copies() if (rest := _continued(copy, opened)) is not None), None)
        if rest is None:
            self._lose(f"{self._path} was emptied, and no copy of it has the lines that were added before")
        elif rest:
            opened.advance(rest)
            yield from self._whole(opened, rest)
        self.torn += opened.lines.end()
        opened.rewind()

    def _copies(self) -> list[Path]:
        """Return the files that look like rotated ones, newest first."""
        try:
            found = [each for each in self._path.parent.iterdir() if self._looks_rotated(each.name)]
            return sorted(found, key=lambda each: each.stat().st_mtime, reverse=True)[:_MAX_COPIES]
        except OSError:
            return []

    def _looks_rotated(self, name: str) -> bool:
        """Whether a name is like `access.log.1`, `access.log-20261128.gz` or `access-20261128.log`."""
        stem, suffix = self._path.stem, self._path.suffix
        return name != self._path.name and name.startswith((f"{stem}.", f"{stem}-")) and suffix in name

    def _lose(self, what: str) -> None:
        if what not in self.lost:
            self.lost.append(what)


def _continued(copy: Path, opened: _Opened) -> bytes | None:
    """Return what a copy has after the place up to which the original was read; None if it is not a copy."""
    try:
        with gzip.open(copy) if copy.suffix == ".gz" else copy.open("rb") as file:
            if opened.offset > _MAX_COPY_BYTES and copy.suffix == ".gz":
                return None
            file.seek(opened.offset - len(opened.mark))
            if file.read(len(opened.mark)) != opened.mark:
                return None
            return file.read(_MAX_COPY_BYTES)
    except (OSError, EOFError, zlib.error):
        return None
