"""Some lines of a piece of a log, to tell when it is from without reading all of them."""

from __future__ import annotations

from typing import Final

EVERY_BYTES: Final = 4096
"""Routers write a log in buffers of at least a page, so what is out of order is seldom shorter."""


def sampled(piece: bytes) -> bytes:
    """Return the first and the last of some whole lines, and one line of every 4 KiB in between."""
    lines: list[bytes] = []
    start = 0
    while start < len(piece):
        end = piece.find(b"\n", start) + 1 or len(piece)
        lines.append(piece[start:end])
        # A line that begins behind the next step is the next sample.
        start = max(piece.find(b"\n", start + EVERY_BYTES) + 1 or len(piece), end)
    last = piece[piece.rstrip(b"\n").rfind(b"\n") + 1 :]
    return b"".join(lines if lines and lines[-1] == last else [*lines, last])
