"""Closed windows as messages between processes, and a checksum that adds up."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from functools import cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from harness.record.histograms.account import OWNERS, Account, new_accounts
from harness.record.histograms.endpoints import Endpoints
from harness.record.histograms.histogram import COUNTS, Histogram
from harness.record.histograms.log_reading import LogReading
from harness.record.histograms.tag import GENERATOR, Tag
from harness.record.histograms.window import ClosedWindow
from harness.record.mistakes import Mistake

_MODULUS = 1 << 64
Message = dict[str, Any]
_Key = TypeVar("_Key", str, int)


def pack(window: ClosedWindow) -> Message:
    """Turn a closed window into plain values."""
    return {
        "start_s": window.start_s,
        "length_s": window.length_s,
        "histograms": {str(tag): histogram.encode() for tag, histogram in window.histograms.items()},
        "accounts": {owner: asdict(account) for owner, account in window.accounts.items()},
        "errors": [[*key, count] for key, count in window.errors.items()],
        "clamped": window.clamped,
        "mistakes": [[*mistake, count] for mistake, count in window.mistakes.items()],
        "accepted": [[*key, count] for key, count in window.accepted.items()],
        "sizes": [[*key, count] for key, count in window.sizes.items()],
        "declared": [[*key, count] for key, count in window.declared.items()],
        "redirected": [[*key, count] for key, count in window.redirected.items()],
        "reading": asdict(window.reading) if isinstance(window.reading, LogReading) else None,
    }


def unpack(message: Message) -> ClosedWindow:
    """Read what `pack` wrote; raises ValueError or KeyError for anything else."""
    return ClosedWindow(
        float(message["start_s"]),
        float(message["length_s"]),
        {Tag.parse(tag): Histogram.decode(text) for tag, text in message["histograms"].items()},
        accounts_of(message["accounts"]),
        _by_kind(message["errors"]),
        int(message["clamped"]),
        {Mistake(*map(str, mistake)): int(n) for *mistake, n in message["mistakes"]},
        _by_kind(message["accepted"]),
        {(str(owner), str(endpoint), int(bits)): int(n) for owner, endpoint, bits, n in message["sizes"]},
        _by_kind(message["declared"]),
        _by_kind(message["redirected"]),
        LogReading(**reading) if (reading := message.get("reading")) is not None else None,
    )


def _by_kind(message: Iterable[tuple[object, object, object, Any]]) -> dict[tuple[str, str, str], int]:
    return {(str(owner), str(endpoint), str(kind)): int(n) for owner, endpoint, kind, n in message}


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
    errors, accepted, declared, redirected = (Counter[tuple[str, str, str]]() for _ in range(4))
    mistakes, sizes = Counter[Mistake](), Counter[tuple[str, str, int]]()
    for share in shares:
        for owner, account in share.accounts.items():
            accounts[owner].add(account)
        errors.update(share.errors)
        accepted.update(share.accepted)
        sizes.update(share.sizes)
        declared.update(share.declared)
        redirected.update(share.redirected)
        mistakes.update(share.mistakes)
    return ClosedWindow(
        shares[0].start_s,
        shares[0].length_s,
        {tag: Histogram.merge(s.histograms[tag] for s in shares if tag in s.histograms) for tag in tags},
        accounts,
        dict(errors),
        sum(share.clamped for share in shares),
        dict(mistakes),
        dict(accepted),
        dict(sizes),
        dict(declared),
        dict(redirected),
    )


def with_endpoints(window: ClosedWindow, endpoints: Endpoints) -> ClosedWindow:
    """Return a merged window with the endpoints of the whole stage, counted as by one process."""
    parts: dict[Tag, list[Histogram]] = {}
    for tag, histogram in window.histograms.items():
        is_timer = tag.variant == GENERATOR
        counted = tag if is_timer else tag._replace(endpoint=endpoints.counted_as(tag.endpoint))
        parts.setdefault(counted, []).append(histogram)
    errors, accepted, declared, redirected = (
        _with_endpoints(counts, endpoints)
        for counts in (window.errors, window.accepted, window.declared, window.redirected)
    )
    histograms = {tag: Histogram.merge(part) if len(part) > 1 else part[0] for tag, part in parts.items()}
    sizes = _with_endpoints(window.sizes, endpoints)
    return replace(
        window,
        histograms=histograms,
        errors=errors,
        accepted=accepted,
        sizes=sizes,
        declared=declared,
        redirected=redirected,
    )


def _with_endpoints(
    counts: Mapping[tuple[str, str, _Key], int], endpoints: Endpoints
) -> dict[tuple[str, str, _Key], int]:
    added = Counter[tuple[str, str, _Key]]()
    for (owner, endpoint, key), count in counts.items():
        added[owner, endpoints.counted_as(endpoint), key] += count
    return dict(added)


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
