"""Closed windows as messages between processes, and a checksum that adds up."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.record.histograms.account import OWNERS, Account, new_accounts
from harness.record.histograms.endpoints import Endpoints
from harness.record.histograms.histogram import COUNTS, Histogram
from harness.record.histograms.readings.log_reading import LogReading
from harness.record.histograms.tag import GENERATOR, Tag
from harness.record.histograms.tallies import Tallies
from harness.record.histograms.window import ClosedWindow
from harness.record.mistakes import Mistake

_MODULUS = 1 << 64
Message = dict[str, Any]


def pack(window: ClosedWindow) -> Message:
    """Turn a closed window into plain values."""
    return {
        "start_s": window.start_s,
        "length_s": window.length_s,
        "histograms": {str(tag): histogram.encode() for tag, histogram in window.histograms.items()},
        "accounts": {owner: asdict(account) for owner, account in window.accounts.items()},
        "clamped": window.clamped,
        "tallies": window.tallies.pack(),
        "mistakes": [[*mistake, count] for mistake, count in window.mistakes.items()],
        "reading": asdict(window.reading) if isinstance(window.reading, LogReading) else None,
    }


def unpack(message: Message) -> ClosedWindow:
    """Read what `pack` wrote; raises ValueError or KeyError for anything else."""
    return ClosedWindow(
        float(message["start_s"]),
        float(message["length_s"]),
        {Tag.parse(tag): Histogram.decode(text) for tag, text in message["histograms"].items()},
        accounts_of(message["accounts"]),
        int(message["clamped"]),
        Tallies.unpack(message["tallies"]),
        {Mistake(*map(str, mistake)): int(n) for *mistake, n in message["mistakes"]},
        LogReading(**reading) if (reading := message.get("reading")) is not None else None,
    )


def accounts_of(message: Mapping[str, Mapping[str, int]]) -> dict[str, Account]:
    """Read the accounts of a message; raises ValueError for an owner that does not exist."""
    accounts = {owner: Account(**account) for owner, account in message.items()}
    if unknown := accounts.keys() - set(OWNERS):
        raise ValueError(f"accounts of {sorted(unknown)}")
    return accounts


def merge(windows: Iterable[ClosedWindow]) -> ClosedWindow:
    """Add up the shares of one interval."""
    shares = list(windows)
    tags = dict.fromkeys(tag for share in shares for tag in share.histograms)
    accounts = new_accounts()
    tallies, mistakes = Tallies(), Counter[Mistake]()
    for share in shares:
        for owner, account in share.accounts.items():
            accounts[owner].add(account)
        tallies.add(share.tallies)
        mistakes.update(share.mistakes)
    return ClosedWindow(
        shares[0].start_s,
        shares[0].length_s,
        {tag: Histogram.merge(s.histograms[tag] for s in shares if tag in s.histograms) for tag in tags},
        accounts,
        sum(share.clamped for share in shares),
        tallies,
        dict(mistakes),
    )


def with_endpoints(window: ClosedWindow, endpoints: Endpoints) -> ClosedWindow:
    """Return a merged window with the endpoints of the whole stage, counted as by one process."""
    parts: dict[Tag, list[Histogram]] = {}
    for tag, histogram in window.histograms.items():
        is_timer = tag.variant == GENERATOR
        counted = tag if is_timer else tag._replace(endpoint=endpoints.counted_as(tag.endpoint))
        parts.setdefault(counted, []).append(histogram)
    histograms = {tag: Histogram.merge(part) if len(part) > 1 else part[0] for tag, part in parts.items()}
    return replace(window, histograms=histograms, tallies=window.tallies.with_endpoints(endpoints))


def checksum(window: ClosedWindow) -> int:
    """Return a linear hash of all counts: the hash of a merged window is the sum of its shares' hashes.

    Every bucket of the grid has a fixed random odd weight and every tag an odd factor; the sum of
    count × weight × factor is taken modulo 2^64, so a lost, doubled or moved count changes it.
    """
    total = 0
    for tag, histogram in window.histograms.items():
        if not histogram.total:
            continue  # as most are in a window of many endpoints
        # Unsigned numpy integers wrap around, which is the modulus.
        indices, counts = histogram.sparse()
        inner = int(np.sum(counts.astype(np.uint64) * _weights()[indices]))
        total += inner * (2 * zlib.crc32(str(tag).encode()) + 1)
    return total % _MODULUS


def add_checksums(*sums: int) -> int:
    """Add hashes up."""
    return sum(sums) % _MODULUS


@cache
def _weights() -> NDArray[np.uint64]:
    rng = np.random.Generator(np.random.Philox(20_260_108))
    return rng.integers(0, 1 << 63, COUNTS, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
