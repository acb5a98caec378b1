"""How servers are verified, and which certificate is shown to them."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from harness.plan.client.tls import Tls

# Set for one request: a library in between may know none but the address, or its proxy's end of a tunnel.
_ASKED: ContextVar[str | None] = ContextVar("asked", default=None)


class TlsError(ValueError):
    """TLS settings that cannot be used; the text says which and why."""


@dataclass(frozen=True)
class TlsSettings:
    """How servers are verified, and the certificate this client presents.

    Certificates are verified against `ca_file`, or the system's authorities without one; `verify=False`
    accepts any. `cert_file` (with `key_file`, unless the key is in it) goes to servers that ask for a
    client certificate. `server_name` is asked for and verified instead of the target's host.
    """

    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    verify: bool = True
    server_name: str | None = None

    @classmethod
    def of(cls, tls: Tls | None) -> TlsSettings | None:
        """Return the settings that a plan states, None if it states none."""
        return None if tls is None else cls(**tls.model_dump())

    def context(self) -> ssl.SSLContext:
        """Build the TLS context, which `asking_for` can tell a name; raises TlsError for an unusable file."""
        context = _NamedContext(ssl.PROTOCOL_TLS_CLIENT)
        # The same on every Python, whose defaults differ; a `ca_file` may hold an intermediate authority.
        context.verify_flags |= ssl.VERIFY_X509_TRUSTED_FIRST | ssl.VERIFY_X509_PARTIAL_CHAIN
        try:
            if self.ca_file is None:
                context.load_default_certs(ssl.Purpose.SERVER_AUTH)
            else:
                context.load_verify_locations(self.ca_file)
        except OSError as error:
            raise TlsError(f"ca_file {self.ca_file}: {error.strerror or error}") from None
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if self.cert_file is not None:
            try:
                context.load_cert_chain(self.cert_file, self.key_file)
            except OSError as error:
                raise TlsError(f"cert_file {self.cert_file}: {error.strerror or error}") from None
        context.set_alpn_protocols(["http/1.1"])
        context.options |= ssl.OP_NO_RENEGOTIATION
        return context


@contextmanager
def asking_for(name: str) -> Iterator[None]:
    """Ask servers for this name, and verify it, in all handshakes that begin meanwhile."""
    before = _ASKED.set(name)
    try:
        yield
    finally:
        _ASKED.reset(before)


class _NamedContext(ssl.SSLContext):
    """Asks for the name of `asking_for`, whatever the client says that uses it."""

    def wrap_socket(
        self,
        sock: socket.socket,
        server_side: bool = False,
        do_handshake_on_connect: bool = True,
        suppress_ragged_eofs: bool = True,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLSocket:
        """Begin TLS on a socket."""
        asked = _ASKED.get() or server_hostname
        return super().wrap_socket(
            sock, server_side, do_handshake_on_connect, suppress_ragged_eofs, asked, session
        )

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        """Begin TLS between two buffers."""
        return super().wrap_bio(incoming, outgoing, server_side, _ASKED.get() or server_hostname, session)
