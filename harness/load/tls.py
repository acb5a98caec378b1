"""The public import of TLS settings: `from harness.load.tls import TlsSettings`."""

from harness.client.tls import TlsError, TlsSettings

__all__ = ["TlsError", "TlsSettings"]
