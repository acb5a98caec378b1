"""How servers are verified, and which certificate is shown to them."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass

from harness.plan.client.tls import Tls


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

    def context(self, name: str | None = None) -> ssl.SSLContext:
        """Build the TLS context; raises TlsError for a file that cannot be used.

        With a `name` that one is asked for and verified, whatever the client says that uses the context.
        """
        context = _NamedContext(ssl.PROTOCOL_TLS_CLIENT)
        context.name = name
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


class _NamedContext(ssl.SSLContext):
    """Asks for a name of its own: through a tunnel httpcore knows none but the address."""

    name: str | None = None

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
        asked = self.name or server_hostname
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
        return super().wrap_bio(incoming, outgoing, server_side, self.name or server_hostname, session)
