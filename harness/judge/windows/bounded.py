"""What comes one after the other without end, kept in a bounded number of pieces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from harness.judge.stats.anytime import Doubling

Item = TypeVar("Item")


class BoundedSequence(Generic[Item]):
    """Parts of a stage in order of time, in fewer than `most` pieces however many they are.

    `merge` makes one part of some that follow each other. With more than half as many parts as `most`, there
    are at least half as many pieces.
    """

    def __init__(self, most: int, merge: Callable[[Sequence[Item]], Item]) -> None:
        self._merge = merge
        self._doubling = Doubling(most)
        self._merged: list[Item] = []
        self._held: list[Item] = []

    def add(self, part: Item) -> None:
        """Add the next part."""
        self._held.append(part)
        if len(self._held) < self._doubling.blocks_each:
            return
        self._merged.append(self._merge(self._held))
        self._held.clear()
        if self._doubling.add():
            places = range(0, len(self._merged), 2)
            self._merged = [self._merge(self._merged[place : place + 2]) for place in places]

    @property
    def all(self) -> tuple[Item, ...]:
        """All of them; what is not a whole piece yet is a shorter one at the end."""
        rest = [self._merge(self._held)] if self._held else []
        return (*self._merged, *rest)
