"""What all sessions of a process share: the allowed targets, the limits and the open connections."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress

import gevent
from gevent import get_hub, getcurrent
from gevent.event import Event

from harness.client.access import Access
from harness.client.proxy import bracketed
from harness.client.tls import TlsSettings
from harness.load.http.decoding import CodedBodies
from harness.load.http.request import RequestFactory
from harness.load.http.target import Target, TargetError, origin_of
from harness.load.http.tls_stream import TlsClient
from harness.load.http.transport.addresses import Addresses
from harness.load.http.transport.connection import Connection
from harness.load.http.transport.exchange import Exchange
from harness.load.http.transport.known_heads import KnownHeads
from harness.load.http.transport.outbox import Outbox
from harness.load.http.transport.proxying import Passage
from harness.record.histograms.account import VARIANTS

Origin = tuple[str, str, int]
_OPENED_WITHIN_S = 1.0


class ClientContext:
    """The targets of a run and the connections to them.

    `targets` has one target per variant (both the same behind a router, where `variant_header` names
    the response header that tells the variant). Absolute URLs and redirects may leave them for
    `allow_hosts` only; without it, for the hosts of the targets. `access` says how hosts are reached; its
    headers go to the targets alone.
    """

    def __init__(
        self,
        targets: Sequence[Target],
        timeout_s: float,
        clock: Callable[[], float],
        variant_header: str | None = None,
        allow_hosts: Collection[str] = (),
        access: Access | None = None,
    ) -> None:
        self.targets = tuple(targets)
        self.timeout_s = timeout_s
        self.clock = clock
        self.variant_header = variant_header
        # A router decides for each request which variant responds, so its users belong to neither.
        self.bindings: tuple[int | None, ...] = (None,) if variant_header else tuple(range(len(targets)))
        """What users are bound to: each variant in turn, or none behind a router."""
        self._allow_hosts = {host.lower() for host in allow_hosts} or {target.host for target in targets}
        self._access = access or Access()
        self._headers = {name.lower(): value for name, value in self._access.headers.items()}
        self._outbox = Outbox(get_hub().loop.run_callback)
        self._known_heads = KnownHeads()
        self._exchanges: list[Exchange] = []
        self._opens_ahead = True
        self.coded_bodies = CodedBodies()
        self.doubts = Event()
        """Set when a connection failed: a host may have other addresses by now."""
        self._others: dict[Origin, Target] = {}
        self._addresses: dict[Target, Addresses] = {}
        self._contexts: dict[TlsSettings, ssl.SSLContext] = {}
        self._tls_clients: dict[tuple[Origin, TlsSettings], TlsClient] = {}
        self._requests: dict[tuple[Target, tuple[tuple[str, str], ...]], RequestFactory] = {}

    @property
    def is_proxied(self) -> bool:
        """Whether requests go through a proxy."""
        return self._access.proxy is not None

    def target_of(self, url: str, variant: int) -> Target:
        """Return the target an absolute URL belongs to; raises TargetError where no load may go.

        The address of the other variant is refused: its response would be counted for the wrong variant.
        """
        origin = origin_of(url)
        own = self.targets[variant]
        if origin == own.origin:
            return own
        for other, target in zip(VARIANTS, self.targets, strict=False):
            if target.origin == origin:
                raise TargetError(
                    f"{target.base} is the {other}, not the {VARIANTS[variant]} of this arrival"
                )
        if origin[1] not in self._allow_hosts:
            raise TargetError(
                f"{origin[1]} is not an allowed host; to send it load, add it to allow_hosts in the plan"
            )
        if origin not in self._others:
            scheme, host, port = origin
            self._others[origin] = Target.of(f"{scheme}://{bracketed(host)}:{port}", self._access)
        return self._others[origin]

    def requests(self, target: Target, default_headers: Mapping[str, str]) -> RequestFactory:
        """Return what makes the requests of all sessions with the same default headers."""
        key = target, tuple(default_headers.items())
        if key not in self._requests:
            own = self._headers if target in self.targets else {}
            given = {name.lower(): value for name, value in default_headers.items()}
            self._requests[key] = RequestFactory(target, {**own, **given})
        return self._requests[key]

    def variants_at(self, address: object) -> Sequence[int]:
        """Return the variants that have this socket address among those of their targets."""
        return [
            variant
            for variant, target in enumerate(self.targets)
            if any(_is_same(address, known) for _, known in self._addresses_of(target).known)
        ]

    def connect(self, target: Target, tls: TlsSettings | None = None) -> Exchange:
        """Return a new, not yet opened connection; raises TlsError for settings that cannot be used."""
        client = self._tls_client(target, tls or self._access.tls) if target.scheme == "https" else None
        connection = Connection(
            self._addresses_of(target),
            self.clock,
            self._outbox,
            self._known_heads,
            client,
            self._passage_to(target),
        )
        self._exchanges.append(connection)
        return connection

    def open_ahead(self, exchange: Exchange) -> None:
        """Open a connection before its first request, unless one could not be opened in time before.

        A user that waits for a service that is away would be missing when the load begins; its requests show
        what is wrong.
        """
        if self._opens_ahead:
            now_s = self.clock()
            within_s = min(self.timeout_s, _OPENED_WITHIN_S)
            self._opens_ahead = exchange.open_ahead(now_s, now_s + within_s)

    def resolve_again(self) -> None:
        """Ask for the addresses of every host again; connections to those that are gone end when idle.

        A host that cannot be resolved keeps its addresses.
        """
        for target, addresses in tuple(self._addresses.items()):
            with suppress(TargetError):
                addresses.renew(target.resolve_again())
        for exchange in tuple(self._exchanges):
            exchange.leave_old_address()

    def expire(self, now_s: float) -> None:
        """End every exchange whose deadline has passed; called every few milliseconds.

        Called by a greenlet, it returns after the users it woke have seen their timeouts.
        """
        for exchange in tuple(self._exchanges):
            exchange.expire(now_s)
        if getcurrent() is not get_hub():
            gevent.sleep(0)

    def close(self) -> None:
        """Close every connection."""
        for exchange in self._exchanges:
            exchange.close()
        self._exchanges.clear()

    def _addresses_of(self, target: Target) -> Addresses:
        if target not in self._addresses:
            self._addresses[target] = Addresses(target.addresses, self.doubts.set)
        return self._addresses[target]

    def _passage_to(self, target: Target) -> Passage | None:
        if self._access.proxy is None or not target.dialled:
            return None
        return Passage(self._access.proxy, target)

    def _tls_client(self, target: Target, settings: TlsSettings) -> TlsClient:
        key = target.origin, settings
        if key not in self._tls_clients:
            if settings not in self._contexts:
                self._contexts[settings] = settings.context()
            name = settings.server_name if target in self.targets else None
            self._tls_clients[key] = TlsClient(self._contexts[settings], name or target.host)
        return self._tls_clients[key]


def _is_same(one: object, other: object) -> bool:
    """Compare socket addresses: of those of IPv6 the first two parts, as in IPv4, are host and port."""
    return (one[:2] if isinstance(one, tuple) else one) == (other[:2] if isinstance(other, tuple) else other)
