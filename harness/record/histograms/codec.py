"""HdrHistogram's V2 compressed encoding of sparse counts, by hdrh's loops over the counts behind a wall.

hdrh inflates a payload and allocates counters as large as the payload says, so a payload is inflated here,
within a bound, and its settings are compared with ours; only then is the library's decoder allowed to see it.
Format: base64(outer cookie, length, zlib(header, counts)), see
https://github.com/HdrHistogram/HdrHistogram, `AbstractHistogram.encodeIntoByteBuffer`.
"""

from __future__ import annotations

import binascii
import struct
import zlib
from typing import Any, Final

import numpy as np
import pyhdrh
from numpy.typing import NDArray

from harness.record.histograms.grid import COUNTS, HIGHEST_US, LOWEST_US, SIGNIFICANT_DIGITS

_OUTER: Final = struct.Struct(">II")
_OUTER_COOKIE: Final = 0x1C849314
_HEADER: Final = struct.Struct(">IIIIQQd")
_HEADER_COOKIE: Final = 0x1C849313
_SETTINGS: Final = (0, SIGNIFICANT_DIGITS, LOWEST_US, HIGHEST_US, 1.0)
_MAX_COUNT_BYTES: Final = 9
_MAX_INFLATED_BYTES: Final = _HEADER.size + COUNTS * _MAX_COUNT_BYTES
MAX_TOTAL: Final = 2**53
"""Most values one histogram may hold: sums stay exact, in floats too."""


def encode(first: int, stretch: NDArray[np.integer[Any]], total: int) -> str:
    """Write the counts of the buckets from `first` on, those at both ends positive, as one base64 text."""
    if not total:
        return EMPTY
    counts = np.zeros(first + len(stretch), dtype=np.int64)
    counts[first:] = stretch
    written = np.empty(len(counts) * _MAX_COUNT_BYTES, dtype=np.uint8)
    # The library's own loop over the counts; its way there would leave a new ctypes class for each length,
    # which only a garbage collector that runs rarely takes away.
    size = pyhdrh.encode(counts.ctypes.data, len(counts), counts.itemsize, written.ctypes.data, len(written))
    return _wrapped(written[:size].tobytes())


def decode(text: str) -> tuple[int, NDArray[Any], int]:
    """Read what `encode` was given of a text written with our settings; ValueError says what is wrong."""
    if text == EMPTY:
        return 0, _NOTHING, 0
    data = _checked(text)
    try:
        # Small counters are quick to read, and cannot add up to more than a sum can hold.
        return _counted(data, np.zeros(COUNTS, dtype=np.uint16))
    except OverflowError:
        return _counted_wide(data)
    except IndexError as error:
        raise _broken(error) from None


def _counted_wide(data: bytes) -> tuple[int, NDArray[np.int64], int]:
    try:
        first, stretch, total = _counted(data, np.zeros(COUNTS, dtype=np.int64))
    except (IndexError, OverflowError) as error:
        raise _broken(error) from None
    if (stretch < 0).any() or stretch.sum(dtype=np.float64) > MAX_TOTAL:
        raise ValueError("histogram payload holds more than 2^53 values")
    return first, stretch, total


def _broken(error: Exception) -> ValueError:
    return ValueError(f"histogram payload has broken counts ({error})")


def _counted(data: bytes, dense: NDArray[Any]) -> tuple[int, NDArray[Any], int]:
    """Read the counts of a payload into zeros; IndexError or OverflowError when they do not fit."""
    # The library's own loop over the counts; its way there would inflate the payload once more.
    found = pyhdrh.decode(data, _HEADER.size, dense.ctypes.data, COUNTS, dense.itemsize)
    first, end = found["min_nonzero_index"], found["max_nonzero_index"] + 1
    if first < 0:
        return 0, _NOTHING, 0
    # A copy of the used part: the whole grid would stay in memory with it.
    return first, dense[first:end].copy(), found["total"]


def _wrapped(counts: bytes) -> str:
    compressed = zlib.compress(_HEADER.pack(_HEADER_COOKIE, len(counts), *_SETTINGS) + counts)
    data = _OUTER.pack(_OUTER_COOKIE, len(compressed)) + compressed
    return binascii.b2a_base64(data, newline=False).decode("ascii")


EMPTY: Final = _wrapped(b"")
"""The text of the histogram of no values."""
_NOTHING: Final = np.empty(0, dtype=np.int64)


def _checked(text: str) -> bytes:
    """Inflate a payload that was made with our settings."""
    data = _inflated(_compressed(text))
    if len(data) < _HEADER.size:
        raise ValueError("histogram payload is shorter than its header")
    cookie, length, *settings = _HEADER.unpack_from(data)
    if cookie != _HEADER_COOKIE or tuple(settings) != _SETTINGS:
        raise ValueError("histogram payload was made with other settings than 1 µs to 3600 s, 3 digits")
    counts_bytes = len(data) - _HEADER.size
    if length != counts_bytes:
        raise ValueError(f"histogram payload has {counts_bytes} bytes of counts, announced as {length}")
    return data


def _compressed(text: str) -> bytes:
    try:
        data = binascii.a2b_base64(text, strict_mode=True)
        cookie, length = _OUTER.unpack_from(data)
    except (ValueError, struct.error) as error:
        raise ValueError(f"histogram payload is not base64 of a histogram ({error})") from None
    if cookie != _OUTER_COOKIE:
        raise ValueError(f"histogram payload starts with {cookie:#x}; expected {_OUTER_COOKIE:#x} (V2)")
    if length != len(data) - _OUTER.size:
        raise ValueError(f"histogram payload is {len(data) - _OUTER.size} bytes long, announced as {length}")
    return data[_OUTER.size :]


def _inflated(compressed: bytes) -> bytes:
    inflater = zlib.decompressobj()
    try:
        data = inflater.decompress(compressed, _MAX_INFLATED_BYTES)
    except zlib.error as error:
        raise ValueError(f"histogram payload does not decompress ({error})") from None
    if not inflater.eof or inflater.unused_data:
        raise ValueError(f"histogram payload is cut off, or longer than {_MAX_INFLATED_BYTES} bytes")
    return data
