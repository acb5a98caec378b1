"""Heads of responses that were parsed before.

A service answers many requests with the same head, byte for byte, until its `date` changes. Looking a head up
costs a fifth of parsing it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from harness.load.http.transport.exchange import Header

MAX_HEADS: Final = 512


class KnownHead(NamedTuple):
    """What the parser made of a head that gives the length of its body and keeps the connection open."""

    status: int
    headers: tuple[Header, ...]
    body_bytes: int
    is_coded: bool = False
    """Whether its body has a content coding."""


class KnownHeads:
    """Heads by their bytes, shared by the connections of a process.

    `find` returns what was remembered of a head, up to and including its empty line, or None; whoever finds
    one counts it in `uses`. Where every head is another one, for example with an id of the request,
    remembering them is a waste: `is_useful` is False from then on.
    """

    __slots__ = ("_heads", "_max_heads", "find", "is_useful", "uses")

    def __init__(self, max_heads: int = MAX_HEADS) -> None:
        self._heads: dict[bytes, KnownHead] = {}
        self._max_heads = max_heads
        self.find: Callable[[bytes], KnownHead | None] = self._heads.get
        self.uses = 0
        self.is_useful = True

    def remember(self, head: bytes, known: KnownHead) -> None:
        """Remember a head; forget all others when there are too many."""
        if len(self._heads) >= self._max_heads:
            self.is_useful = self.uses > self._max_heads
            self._heads.clear()
            self.uses = 0
        self._heads[head] = known
