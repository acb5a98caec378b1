"""Metrics are asked for as the plan says: with its headers, its TLS settings and its addresses."""

import pytest

from harness.client.access import Access
from harness.client.tls import TlsSettings
from harness.observe.metrics.pages import get_of
from tests.client.test_http import https, serving
from tests.load.certificates import certificates

__all__ = ["certificates"]


def test_a_page_is_asked_for_with_headers_by_its_address():
    with serving(status=200) as server:
        get = get_of(Access(headers={"authorization": "Bearer t"}, addresses={"app.invalid": ("127.0.0.1",)}))
        assert get(f"http://app.invalid:{server.server_port}/metrics", {"query": "up"}) == b""
    assert server.seen[0]["authorization"] == "Bearer t"
    assert server.seen[0]["host"] == f"app.invalid:{server.server_port}"


def test_a_page_behind_a_private_authority_is_asked_for_with_a_certificate(certificates):
    names = []
    ca, shown = str(certificates / "ca.pem"), str(certificates / "client.pem")
    with https(certificates, names, client_ca=certificates / "ca.pem") as port:
        get = get_of(Access(TlsSettings(ca_file=ca, cert_file=shown, server_name="localhost")))
        # The server of the test answers 204, so it was reached.
        with pytest.raises(ValueError, match="answers HTTP 204"):
            get(f"https://127.0.0.1:{port}/metrics", {})
    assert names == ["localhost"]


def test_an_answer_of_another_status_is_no_page():
    with serving(status=401) as server, pytest.raises(ValueError, match="answers HTTP 401"):
        get_of(Access())(f"http://127.0.0.1:{server.server_port}/metrics", {})
