"""A sequence of any length, kept in a bounded number of items by merging neighbours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from harness.judge.windows.pieces import Doubling

Item = TypeVar("Item")


class BoundedSequence(Generic[Item]):
    """Keeps fewer than `most` items, in order of time, however many are added.

    `merge` makes one item of several that follow each other. Once `most / 2` items were added, at least
    `most / 2` are kept.
    """

    def __init__(self, most: int, merge: Callable[[Sequence[Item]], Item]) -> None:
        self._merge = merge
        self._doubling = Doubling(most)
        self._merged: list[Item] = []
        self._held: list[Item] = []

    def add(self, item: Item) -> None:
        """Add the next item."""
        self._held.append(item)
        if len(self._held) < self._doubling.blocks_each:
            return
        self._merged.append(self._merge(self._held))
        self._held.clear()
        if self._doubling.add():
            # In place: both lists side by side would take half as much memory again.
            half = len(self._merged) // 2
            for place in range(half):
                self._merged[place] = self._merge(self._merged[2 * place : 2 * place + 2])
            self._merged[half:] = self._merged[2 * half :]

    @property
    def all(self) -> tuple[Item, ...]:
        """All items; the last one may be shorter than the others."""
        rest = [self._merge(self._held)] if self._held else []
        return (*self._merged, *rest)
