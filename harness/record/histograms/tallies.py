"""What is counted of requests beside their times: how they failed, where they were redirected, how large."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from harness.record.histograms.endpoints import Endpoints

Key = tuple[str, str, str]
"""Variant, endpoint and kind."""
SizeKey = tuple[str, str, int]
"""Variant, endpoint and the bits of the number of bytes."""
Message = dict[str, Any]

MAX_SIZE_BYTES: Final = (1 << 40) - 1
"""Sizes are told apart to a factor of two, by the number of bits of the number of bytes, up to this one."""
MAX_SIZE_BITS: Final = MAX_SIZE_BYTES.bit_length()
OTHER: Final = "other"
"""The kind of what is of further kinds than are told apart."""
_MAX_KINDS: Final = 50
_MAX_CHARACTERS: Final = 200


@dataclass
class Tallies:
    """The counts of one window, or of one process's share of it."""

    errors: Counter[Key] = field(default_factory=Counter)
    """Failed requests by the kind of their error."""
    declared: Counter[Key] = field(default_factory=Counter)
    """How many of `errors` only the load test calls failures: the service's answers were none."""
    accepted: Counter[Key] = field(default_factory=Counter)
    """What failed and the load test declared a success, by the kind of its error."""
    redirected: Counter[Key] = field(default_factory=Counter)
    """Successful requests that were redirected, by where to."""
    sizes: Counter[SizeKey] = field(default_factory=Counter)
    """Successful responses whose size is known."""

    def add(self, other: Tallies) -> None:
        """Add those of another share."""
        for mine, more in zip(self._all(), other._all(), strict=True):
            mine.update(more)

    def with_endpoints(self, endpoints: Endpoints) -> Tallies:
        """Return the same with the endpoints of a whole stage."""
        found = Tallies()
        for counted, counts in zip(found._all(), self._all(), strict=True):
            for (owner, endpoint, kind), count in counts.items():
                counted[owner, endpoints.counted_as(endpoint), kind] += count
        return found

    def pack(self) -> Message:
        """Turn them into plain values."""
        return {name: [[*key, count] for key, count in counts.items()] for name, counts in vars(self).items()}

    @classmethod
    def unpack(cls, message: Message) -> Tallies:
        """Read what `pack` wrote; raises ValueError, KeyError or TypeError for anything else."""
        found = cls()
        for name, counts in vars(found).items():
            as_kind = _size_bits if name == "sizes" else str
            for owner, endpoint, kind, count in message[name]:
                counts[str(owner), str(endpoint), as_kind(kind)] += int(count)
        return found

    def _all(self) -> Iterator[Counter[Any]]:
        yield from vars(self).values()


def count_kind(counts: Counter[Key], owner: str, endpoint: str, kind: str, count: int) -> Key:
    """Count requests under their kind, or under `OTHER` where there are too many; return the key."""
    key = (owner, endpoint, kind[:_MAX_CHARACTERS])
    if key not in counts and len(counts) >= _MAX_KINDS:
        key = (owner, endpoint, OTHER)
    counts[key] += count
    return key


def _size_bits(value: object) -> int:
    if not isinstance(value, int) or not 0 <= value <= MAX_SIZE_BITS:
        raise ValueError(f"{value!r} is not the bits of a size")
    return value
