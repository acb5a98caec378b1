"""Clients of a stage, by the version each got first: a router with sticky sessions shares out clients."""

from __future__ import annotations

import math
from hashlib import blake2b
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harness.observe.variant_values import Owner
from harness.plan.variant import Variant

NO_CLIENT: Final = 0
"""The number of a request whose client is not known."""
MAX_CLIENTS: Final = 200_000
"""So many clients of a stage are told apart; of more, a fair sample of them."""
_OWNERS: Final = (Owner.BASELINE, Owner.CANARY, Owner.CONTROL)
_UNKNOWN: Final = frozenset({"", "-", "None"})


def client_number(value: object) -> int:
    """Return a number of a client: always the same, and unrelated to the hashes that routers split by."""
    text = str(value)
    if text in _UNKNOWN:
        return NO_CLIENT
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), signed=True)


class StageClients:
    """Counts the clients in each window of a stage, and those that are new in the stage.

    A client belongs to the version of its first request. The windows before number `first`, those of the
    warm-up, do not count. `max_clients` bounds what is remembered.
    """

    def __init__(self, first: int = 0, max_clients: int = MAX_CLIENTS) -> None:
        self._first, self._max_clients, self._mask = first, max_clients, 0
        self._seen: set[int] = set()
        self._of_window: dict[int, dict[int, int]] = {}

    def extend(self) -> None:
        """Go on with another part of the stage, whose windows are counted from 0 again."""
        self._first = 0

    def take(self, number: int, clients: NDArray[np.int64], owners: NDArray[np.int64]) -> None:
        """Take requests of a window."""
        if number < self._first:
            return
        chosen = (clients != NO_CLIENT) & (clients & self._mask == 0) & (owners <= Owner.CONTROL)
        found, places = np.unique(clients[chosen], return_index=True)
        of_window = self._of_window.setdefault(number, {})
        for client, owner in zip(found.tolist(), owners[chosen][places].tolist(), strict=True):
            of_window.setdefault(client, owner)

    def close(self, number: int) -> tuple[dict[str, int], dict[str, int]]:
        """Return, once, the clients of a window and those of them that are new, by variant."""
        of_window = self._of_window.pop(number, {})
        new = {client: owner for client, owner in of_window.items() if client not in self._seen}
        self._seen.update(new)
        while len(self._seen) > self._max_clients:
            self._mask = 2 * self._mask + 1
            self._seen = {client for client in self._seen if not client & self._mask}
        return _by_variant(of_window), _by_variant(new)


def clients_of(warmup_windows: float, before: StageClients | None) -> StageClients:
    """Return the clients of a stage that begins, or go on with those of the part `before`."""
    if before is None:
        return StageClients(math.ceil(warmup_windows - 1e-6))
    before.extend()
    return before


def _by_variant(owners: dict[int, int]) -> dict[str, int]:
    counts = np.bincount(list(owners.values()), minlength=len(_OWNERS)).tolist() if owners else [0, 0, 0]
    return {variant.value: count for variant, count in zip(Variant, counts, strict=True)}
