"""TLS settings that cannot be used are named; a certificate proves the name that was asked for."""

import ssl

import pytest

from harness.client.tls import TlsError, TlsSettings


@pytest.mark.parametrize("settings", [{"ca_file": "/no/such.pem"}, {"cert_file": "/no/such.pem"}])
def test_files_that_cannot_be_read_are_named(settings):
    with pytest.raises(TlsError, match=r"_file /no/such.pem"):
        TlsSettings(**settings).context()


def test_a_context_asks_for_its_own_name_whatever_the_client_says():
    outgoing = ssl.MemoryBIO()
    tls = TlsSettings().context("app.example").wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="10.0.0.7")
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    hello = outgoing.read()
    assert b"app.example" in hello
    assert b"10.0.0.7" not in hello
