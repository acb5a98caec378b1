"""The windows of one interval as workers send them: small on the wire, and added up many at a time.

A master of many workers spends its time on reading histograms. The buckets of all histograms of a window
travel as one compressed array, and the arrays of many windows are joined before anything is counted.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np

from harness.record.histograms.histogram import COUNTS, Histogram
from harness.record.histograms.tag import Tag
from harness.record.histograms.window import ClosedWindow
from harness.record.histograms.wire import Message, merge, pack, unpack

_PLACE, _COUNT = np.dtype("<u2"), np.dtype("<u4")
_BUCKET_BYTES: Final = _PLACE.itemsize + _COUNT.itemsize
_MAX_TOTAL: Final = 1 << 32
# So many are added up at once: more would keep the master from its other messages.
_TOGETHER: Final = 32


class Share(NamedTuple):
    """A worker's part of a window."""

    rest: ClosedWindow
    """Everything but the histograms."""
    sizes: Mapping[Tag, int]
    """How many buckets each histogram has."""
    places: bytes
    """The buckets of one histogram after the other, as 16-bit numbers."""
    counts: bytes
    """How many values each of these buckets holds, as 32-bit numbers."""


def pack_share(window: ClosedWindow) -> Message:
    """Turn a closed window into plain values; raises ValueError for 2^32 values in one histogram."""
    if any(histogram.total >= _MAX_TOTAL for histogram in window.histograms.values()):
        raise ValueError("a worker's window holds 2^32 values or more")
    sparse = {tag: histogram.sparse() for tag, histogram in window.histograms.items()}
    places = b"".join(places.astype(_PLACE).tobytes() for places, _ in sparse.values())
    counts = b"".join(counts.astype(_COUNT).tobytes() for _, counts in sparse.values())
    return {
        "rest": pack(replace(window, histograms={})),
        "sizes": {str(tag): len(some) for tag, (some, _) in sparse.items()},
        "buckets": zlib.compress(places + counts, 1),
    }


def read_share(message: Message) -> Share:
    """Read what `pack_share` wrote; raises ValueError or KeyError for anything else."""
    sizes = {Tag.parse(text): int(size) for text, size in message["sizes"].items()}
    buckets = sum(sizes.values())
    if any(not 0 <= size <= COUNTS for size in sizes.values()):
        raise ValueError("a histogram with more buckets than there are")
    inflater = zlib.decompressobj()
    try:
        data = inflater.decompress(message["buckets"], buckets * _BUCKET_BYTES + 1)
    except zlib.error as error:
        raise ValueError(f"the buckets of a window do not decompress ({error})") from None
    if len(data) != buckets * _BUCKET_BYTES:
        raise ValueError(f"{len(data)} bytes for {buckets} buckets")
    places, counts = data[: buckets * _PLACE.itemsize], data[buckets * _PLACE.itemsize :]
    if buckets and int(np.frombuffer(places, _PLACE).max()) >= COUNTS:
        raise ValueError("a bucket beyond the last one")
    return Share(replace(unpack(message["rest"]), histograms={}), sizes, places, counts)


class Shares:
    """Adds up the shares of one interval."""

    def __init__(self) -> None:
        self.number = 0
        """How many there are."""
        self._waiting: list[Share] = []
        self._sum: ClosedWindow | None = None

    def add(self, share: Share) -> None:
        """Add one."""
        self.number += 1
        self._waiting.append(share)
        if len(self._waiting) >= _TOGETHER:
            self._fold()

    def merged(self) -> ClosedWindow:
        """Return their sum; there is at least one."""
        self._fold()
        assert self._sum is not None
        return self._sum

    def _fold(self) -> None:
        if self._waiting:
            so_far = () if self._sum is None else (self._sum,)
            self._sum = merge((*so_far, _added(self._waiting)))
            self._waiting.clear()


def _added(shares: Iterable[Share]) -> ClosedWindow:
    parts: dict[Tag, tuple[list[bytes], list[bytes]]] = {}
    for share in shares:
        begin = 0
        for tag, size in share.sizes.items():
            end = begin + size
            places, counts = parts.setdefault(tag, ([], []))
            places.append(share.places[begin * _PLACE.itemsize : end * _PLACE.itemsize])
            counts.append(share.counts[begin * _COUNT.itemsize : end * _COUNT.itemsize])
            begin = end
    histograms = {
        tag: _histogram(b"".join(places), b"".join(counts)) for tag, (places, counts) in parts.items()
    }
    return replace(merge(share.rest for share in shares), histograms=histograms)


def _histogram(places: bytes, counts: bytes) -> Histogram:
    if not places:
        return Histogram.empty()
    # Sums of whole numbers are exact in floats up to 2^53: 32 times 2^32 is far below.
    dense = np.bincount(np.frombuffer(places, _PLACE), weights=np.frombuffer(counts, _COUNT))
    return Histogram.of_counts(dense.astype(np.int64))
