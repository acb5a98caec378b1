"""How a growing stage is looked at: in pieces, which are merged as it grows."""

from __future__ import annotations

from collections.abc import Iterator

MAX_PIECES = 120


class Doubling:
    """How many blocks are merged into one piece, so that there are never more than `most` pieces.

    When there are that many, every two become one, and twice as many blocks go into those to come. So a stage
    of any length is looked at by 60 to 120 pieces, which resemble their neighbours less the longer they are.
    A look depends on nothing but the blocks before it: a growing stage and a finished one have the same.
    """

    def __init__(self, most: int = MAX_PIECES) -> None:
        self.blocks_each = 1
        self._most = most
        self._pieces = 0

    @property
    def blocks(self) -> int:
        """The number of blocks in all pieces."""
        return self._pieces * self.blocks_each

    def add(self) -> bool:
        """Count one piece more; return whether every two must become one now."""
        self._pieces += 1
        if self._pieces < self._most:
            return False
        self._pieces //= 2
        self.blocks_each *= 2
        return True


def looks_at(blocks: int) -> Iterator[int]:
    """Yield after how many blocks each look at a stage of so many blocks happens."""
    doubling = Doubling()
    while doubling.blocks + doubling.blocks_each <= blocks:
        doubling.add()
        yield doubling.blocks
