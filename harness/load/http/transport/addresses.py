"""The addresses of a host: shared out among connections, resolved again while a run goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain, zip_longest

from harness.load.http.target import SocketAddress


class Addresses:
    """What a host resolves to. Each connection has a turn of its own, so that all addresses get load.

    `avoid` puts addresses last that failed or were silent, until the host is resolved again. `doubt` is
    called when a connection failed: the host may have moved.
    """

    def __init__(self, known: Iterable[SocketAddress], doubt: Callable[[], object] = lambda: None) -> None:
        self.renew(known)
        self.doubt = doubt
        self._turns = 0

    def renew(self, known: Iterable[SocketAddress]) -> None:
        """Take what the host resolves to now."""
        self.known: Sequence[SocketAddress] = tuple(dict.fromkeys(known))
        self._avoided: frozenset[SocketAddress] = frozenset()

    def next_turn(self) -> int:
        """Return the turn of another connection."""
        self._turns += 1
        return self._turns - 1

    def in_order(self, turn: int) -> Sequence[SocketAddress]:
        """Return all addresses in the order to try them: families in turns, as RFC 8305 §4 wants."""
        if len(self.known) == 1:
            return self.known
        families = [
            [address for address in self.known if address[0] == family]
            for family in dict.fromkeys(family for family, _ in self.known)
        ]
        turned = [[*some[turn % len(some) :], *some[: turn % len(some)]] for some in families]
        order = [address for address in chain.from_iterable(zip_longest(*turned)) if address is not None]
        return sorted(order, key=self._avoided.__contains__)

    def avoid(self, addresses: Iterable[SocketAddress]) -> None:
        """Try these last."""
        self._avoided |= frozenset(addresses)
