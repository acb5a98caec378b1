"""How much memory the large bodies of all connections may take together: a process has one memory."""

from __future__ import annotations

from typing import Final

from harness.load.errors import BadResponse

FREE_BYTES: Final = 1 << 20
"""A body of this size is not counted: nearly all are smaller, and counting would cost them time."""
MAX_TOTAL_BYTES: Final = 512 << 20


class MemoryBudget:
    """What may still be taken."""

    def __init__(self, total_bytes: int) -> None:
        self.total_bytes = total_bytes
        self.left_bytes = total_bytes


LARGE_BODIES: Final = MemoryBudget(MAX_TOTAL_BYTES)


class Claim:
    """The part of the budget that one body takes, given back when the claim is no longer referred to."""

    __slots__ = ("_budget", "_held_bytes")

    def __init__(self, budget: MemoryBudget = LARGE_BODIES) -> None:
        self._budget = budget
        self._held_bytes = 0

    def grow_to(self, size_bytes: int) -> None:
        """Take what a body of this size needs; BadResponse when that is more than there is."""
        more = size_bytes - self._held_bytes
        if size_bytes <= FREE_BYTES or more <= 0:
            return
        if more > self._budget.left_bytes:
            total = self._budget.total_bytes >> 20
            raise BadResponse(f"large responses would take more than {total} MiB of memory together")
        self._budget.left_bytes -= more
        self._held_bytes = size_bytes

    def __del__(self) -> None:
        self._budget.left_bytes += self._held_bytes
