"""TLS settings that cannot be used are named; a certificate proves the name that was asked for."""

import ssl

import pytest

from harness.client.tls import TlsError, TlsSettings, asking_for


@pytest.mark.parametrize("settings", [{"ca_file": "/no/such.pem"}, {"cert_file": "/no/such.pem"}])
def test_files_that_cannot_be_read_are_named(settings):
    with pytest.raises(TlsError, match=r"_file /no/such.pem"):
        TlsSettings(**settings).context()


def test_a_context_asks_for_the_name_it_is_told_whatever_the_client_says():
    context = TlsSettings().context()
    with asking_for("app.example"):
        assert b"app.example" in hello_of(context)
    assert b"other.example" in hello_of(context)


def hello_of(context):
    outgoing = ssl.MemoryBIO()
    tls = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="other.example")
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    return outgoing.read()
