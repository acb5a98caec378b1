"""TLS of a connection, between a socket the hub watches and the HTTP above it.

The handshake and every record pass through memory buffers, so nothing here waits: the connection reads and
writes the socket, this module turns bytes into bytes.
"""

from __future__ import annotations

import ssl

from harness.load.errors import ConnectionFailed

_RECORDS_BYTES = 65_536


class TlsClient:
    """The TLS side of one target; keeps its latest session, so that a later connection resumes it."""

    def __init__(self, context: ssl.SSLContext, server_name: str) -> None:
        self._context = context
        self._server_name = server_name
        self.session: ssl.SSLSession | None = None

    def open(self) -> TlsStream:
        """Return the TLS of a new connection."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self._context.wrap_bio(
            incoming, outgoing, server_hostname=self._server_name, session=self.session
        )
        return TlsStream(self, tls, incoming, outgoing)


class TlsStream:
    """One connection's TLS: ciphertext in, plaintext out, and the reverse.

    `ended` is set once the server has announced the end.
    """

    WHEN_CUT = "closed during the TLS handshake"

    def __init__(
        self, client: TlsClient, tls: ssl.SSLObject, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO
    ) -> None:
        self._client = client
        self._tls = tls
        self._incoming = incoming
        self._outgoing = outgoing
        self._established = False
        self.ended = False

    @property
    def resumed(self) -> bool:
        """Whether the handshake was a short one, on an earlier session."""
        return bool(self._tls.session_reused)

    def receive(self, data: bytes) -> None:
        """Take ciphertext from the socket; b"" means its end."""
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()

    def shake_hands(self) -> bool:
        """Continue the handshake; return whether it is done. Raises ssl.SSLError."""
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        self._established = True
        return True

    def to_send(self) -> bytes:
        """Return the ciphertext to send now."""
        return self._outgoing.read()

    def encrypt(self, data: bytes) -> bytes:
        """Return the ciphertext of `data`."""
        self._tls.write(data)
        return self._outgoing.read()

    def decrypt(self) -> bytes:
        """Return the plaintext received so far, b"" at the regular end.

        Raises ssl.SSLWantReadError when there is nothing yet, ssl.SSLEOFError when the connection ends
        without TLS having said so, ssl.SSLError for what is not TLS, and ConnectionFailed when the server
        wants to begin anew.
        """
        pieces: list[bytes] = []
        try:
            while piece := self._tls.read(_RECORDS_BYTES):
                pieces.append(piece)
            self.ended = True
        except ssl.SSLWantReadError:
            if self._outgoing.pending and self._tls.version() == "TLSv1.2":
                # The refusal of another handshake. Nobody sends it: the server may well wait for more.
                raise ConnectionFailed("the service asks for another TLS handshake") from None
            if not pieces:
                raise
        return b"".join(pieces)

    def keep_session(self) -> None:
        """Remember the session for the target's next connection."""
        if self._established and self._tls.session is not None:
            self._client.session = self._tls.session
