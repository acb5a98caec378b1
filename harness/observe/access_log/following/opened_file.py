"""One open log file, and the place up to which it was read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from harness.observe.access_log.following.line_buffer import LineBuffer

HEAD_BYTES: Final = 512
"""Enough of a log's beginning to tell it from every other log."""
_PIECE_BYTES: Final = 1 << 20
# Enough of what was read last to tell whether a file still is what it was.
_MARK_BYTES: Final = 128
# A writer with buffers fails before the last byte is taken.
_MIN_FREE_BYTES: Final = 1 << 16

Identity = tuple[int, int]
"""Device and inode."""


class OpenedFile:
    """A regular file, read from its start or from its present end; raises OSError for anything else."""

    def __init__(self, path: Path, *, at_end: bool) -> None:
        self._fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        status = os.fstat(self._fd)
        if not stat.S_ISREG(status.st_mode):
            os.close(self._fd)
            raise OSError(f"{path} is not a regular file")
        self.identity: Identity = (status.st_dev, status.st_ino)
        self.written_ns = status.st_mtime_ns
        """When it was last written to, as far as is known."""
        self.offset = status.st_size if at_end else 0
        self.lines = LineBuffer()
        self.head = os.pread(self._fd, HEAD_BYTES, 0)
        self.mark = b""
        if self.offset:
            self.mark = os.pread(self._fd, _MARK_BYTES, max(self.offset - _MARK_BYTES, 0))
            if not self.mark.endswith(b"\n"):
                self.lines.skip()

    def is_emptied(self) -> bool:
        """Whether it was truncated, even if it has grown again since."""
        status = os.fstat(self._fd)
        if status.st_size < self.offset:
            return True
        self.written_ns = status.st_mtime_ns
        return not self._has_what_was_read_of(self)

    def has_full_disk(self) -> bool:
        """Whether nothing more fits on its disk; some file systems do not say."""
        disk = os.statvfs(self._fd)
        return disk.f_blocks > 0 and disk.f_bavail * disk.f_frsize < _MIN_FREE_BYTES

    def pieces(self) -> Iterator[bytes]:
        """Yield what was added, up to the present end."""
        while data := os.pread(self._fd, _PIECE_BYTES, self.offset):
            self.advance(data)
            if not data.strip(b"\0"):
                self._skip_hole()
            if len(self.head) < HEAD_BYTES:
                self.head = os.pread(self._fd, HEAD_BYTES, 0)
            yield data

    def advance(self, data: bytes) -> None:
        """Note what was read from here on, from this file or from a copy of it."""
        self.offset += len(data)
        self.mark = (self.mark + data)[-_MARK_BYTES:]

    def goes_on_after(self, other: OpenedFile) -> bool:
        """Go on where another file was read up to, if this one is a copy of it."""
        if other.offset < _MARK_BYTES or not self._has_what_was_read_of(other):
            return False
        self.offset, self.mark = other.offset, other.mark
        # A line that had begun there ends here.
        self.lines, other.lines = other.lines, LineBuffer()
        return True

    def _has_what_was_read_of(self, other: OpenedFile) -> bool:
        """Whether it begins as another file did, and has the same where that was read up to.

        One of both is not enough: lines of one length may end alike, and files begin with one header.
        """
        return (
            os.pread(self._fd, len(other.head), 0) == other.head
            and os.pread(self._fd, len(other.mark), other.offset - len(other.mark)) == other.mark
        )

    def rewind(self) -> None:
        """Begin again at the start."""
        self.offset, self.mark, self.head = 0, b"", os.pread(self._fd, HEAD_BYTES, 0)

    def close(self) -> None:
        """Close it."""
        os.close(self._fd)

    def _skip_hole(self) -> None:
        """Go to the next data: a hole may be as long as the log was before it was emptied."""
        try:
            data_at = os.lseek(self._fd, self.offset, os.SEEK_DATA)
        except OSError:
            # There is none, or the file system does not say.
            return
        self.offset = max(self.offset, data_at)
