"""How one server of a plan is reached, and what is sent to it: whoever talks to it does it like this."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Self

from pydantic import SecretStr

from harness.client.proxy import Proxy
from harness.client.tls import TlsSettings
from harness.plan.client.resolve import addresses_for
from harness.plan.client.secrets import texts_of
from harness.plan.model import Plan, Prometheus
from harness.plan.targets import Embedded
from harness.plan.yaml.variables import REDACTED

PROMETHEUS: Final = "prometheus"
"""The name of the Prometheus server among those that a plan asks."""


@dataclass(frozen=True)
class Access:
    """TLS settings, headers, addresses of hosts, a proxy, and the file of a bearer token.

    A host without `addresses` is resolved by the system. Headers may be secret, and the proxy's password is.
    """

    tls: TlsSettings = field(default_factory=TlsSettings)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    addresses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    proxy: Proxy | None = None
    bearer_file: str | None = None

    @classmethod
    def to_target(cls, plan: Plan, name: str) -> Self:
        """Return how a target of a plan is reached, `name` being its variant, or `ingress`."""
        tls, headers = TlsSettings.of(plan.tls) or TlsSettings(), _known(plan.headers)
        if isinstance(plan.targets, Embedded):
            return cls(tls, headers)  # the run starts it here, so there is no way to it
        return cls(tls, headers, addresses_for(plan.resolve, name), Proxy.of(plan.proxy))

    @classmethod
    def to_prometheus(cls, plan: Plan, server: Prometheus) -> Self:
        """Return how the Prometheus server of a plan is reached."""
        return cls(
            TlsSettings.of(server.tls) or TlsSettings(),
            _known(server.headers),
            addresses_for(plan.resolve, None),
            Proxy.of(server.proxy),
            server.bearer_file,
        )

    def addresses_of(self, host: str) -> tuple[str, ...]:
        """Return the addresses that the plan gives a host, or else the host."""
        return self.addresses.get(host.lower(), (host,))

    def dialled(self, host: str, port: int) -> tuple[tuple[str, int], ...]:
        """Return where connections for a host are opened: hosts or addresses, to be tried in turn."""
        if self.proxy is not None:
            return ((self.proxy.host, self.proxy.port),)
        return tuple((address, port) for address in self.addresses_of(host))

    def to_document(self) -> dict[str, Any]:
        """Return what `from_document` reads, secrets included: for a pipe, not for a file."""
        return asdict(self)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Return the access of a document."""
        proxy = document["proxy"]
        return cls(
            TlsSettings(**document["tls"]),
            document["headers"],
            {host: tuple(known) for host, known in document["addresses"].items()},
            Proxy(**proxy) if proxy is not None else None,
            document["bearer_file"],
        )


def accesses_of(plan: Plan, names: Iterable[str]) -> dict[str, Access]:
    """Return how targets of these names are reached, and the plan's Prometheus server."""
    accesses = {name: Access.to_target(plan, name) for name in names}
    server = plan.probes.prometheus if plan.probes is not None else None
    return accesses if server is None else {**accesses, PROMETHEUS: Access.to_prometheus(plan, server)}


def _known(headers: Mapping[str, SecretStr]) -> dict[str, str]:
    """Return headers as they are sent; those of a run directory are not told."""
    return {name: text for name, text in texts_of(headers).items() if REDACTED not in text}
