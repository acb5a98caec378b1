"""Whole lines out of pieces of a stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

MAX_LINE_BYTES: Final = 1 << 18
"""A longer line is left out, and counts as one that cannot be read."""
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class LineBuffer:
    """Keeps the beginning of a line until its end comes."""

    def __init__(self) -> None:
        self._rest = b""
        self._is_skipping = False
        self._is_new = True
        self.dropped = 0
        """Lines that were too long."""

    def feed(self, data: bytes) -> bytes:
        """Add a piece; return the lines that are whole now, without the byte order mark of some writers.

        NUL characters are left out: a writer that keeps its place in a file that was emptied leaves a hole of
        them in front of its next line.
        """
        if b"\0" in data:
            data = data.replace(b"\0", b"")
        end = data.rfind(b"\n") + 1
        whole, rest = data[:end], data[end:]
        if self._is_skipping:
            if not end:
                return b""
            self._is_skipping = False
            whole = whole[whole.index(b"\n") + 1 :]
        elif end:
            whole, self._rest = self._rest + whole, b""
        self._rest += rest
        if end and self._is_new:
            whole, self._is_new = whole.removeprefix(_BYTE_ORDER_MARK), False
        # The mark that may stand before a first line is no part of it.
        if len(self._rest) > MAX_LINE_BYTES + len(_BYTE_ORDER_MARK) * self._is_new:
            self._rest, self._is_skipping, self._is_new = b"", True, False
            self.dropped += 1
        return whole if len(whole) <= MAX_LINE_BYTES else b"".join(self._short(whole))

    def _short(self, lines: bytes) -> Iterator[bytes]:
        """Yield the lines, many at a time, without those that are too long however their bytes came."""
        begin = 0
        while begin < len(lines):
            end = lines.rfind(b"\n", begin, begin + MAX_LINE_BYTES + 1) + 1
            if end:
                yield lines[begin:end]
            else:
                self.dropped += 1
                end = lines.index(b"\n", begin + MAX_LINE_BYTES) + 1
            begin = end

    def end(self) -> bool:
        """Forget the beginning of a line that will never end; return whether there was one."""
        was_torn = bool(self._rest)
        self._rest, self._is_skipping, self._is_new = b"", False, True
        return was_torn

    def skip(self) -> None:
        """Leave out the line that is under way."""
        self._is_skipping = True
