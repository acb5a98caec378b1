"""Servers are asked as their access says; what a proxy did is told from what they did."""

import asyncio
import ssl
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from harness.client.access import Access
from harness.client.http import async_client_of, client_of
from harness.client.proxy import Proxy
from harness.client.tls import TlsError, TlsSettings
from tests.client.proxy import proxying
from tests.load.certificates import certificates

__all__ = ["certificates"]
BOTH = pytest.mark.parametrize("of", [client_of, async_client_of])


class Answer(BaseHTTPRequestHandler):
    status = 204

    def do_GET(self):
        self.server.seen.append(self.headers)
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *_):
        pass


@contextmanager
def serving(context=None, status=204):
    kind = type("Answer", (Answer,), {"status": status})
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
        server.seen = []
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()


@contextmanager
def https(certificates, names, client_ca=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "server.pem")
    if client_ca is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(client_ca)
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    with serving(context) as server:
        yield server.server_port


def asked(access, url, of=client_of):
    if of is client_of:
        with client_of(access, 5) as client:
            return client.get(url).status_code

    async def ask():
        async with async_client_of(access, 5) as client:
            return (await client.get(url)).status_code

    return asyncio.run(ask())


@BOTH
def test_a_private_authority_a_client_certificate_and_a_name_are_those_of_the_settings(certificates, of):
    names = []
    ca, shown = str(certificates / "ca.pem"), str(certificates / "client.pem")
    tls = TlsSettings(ca_file=ca, cert_file=shown, server_name="localhost")
    with https(certificates, names, client_ca=certificates / "ca.pem") as port:
        assert asked(Access(tls), f"https://127.0.0.1:{port}/health", of) == 204
        assert names == ["localhost"]
        with pytest.raises(httpx.HTTPError):
            asked(Access(), f"https://127.0.0.1:{port}", of)


def test_a_file_that_cannot_be_used_is_named():
    with pytest.raises(TlsError, match=r"ca_file missing\.pem"):
        client_of(Access(TlsSettings(ca_file="missing.pem")), 1)


@BOTH
def test_the_addresses_of_a_host_are_those_of_the_plan_and_its_name_stays(certificates, of):
    names = []
    tls = TlsSettings(ca_file=str(certificates / "ca.pem"), server_name="localhost")
    addresses = {"app.invalid": ("127.0.0.9", "127.0.0.1")}
    with https(certificates, names) as port, serving() as plain:
        # Nothing listens at the first address, so the second is asked.
        assert asked(Access(tls, addresses=addresses), f"https://app.invalid:{port}/", of) == 204
        assert names == ["localhost"]
        assert asked(Access(addresses=addresses), f"http://app.invalid:{plain.server_port}/", of) == 204
        assert plain.seen[0]["host"] == f"app.invalid:{plain.server_port}"


@BOTH
def test_https_goes_through_a_tunnel_that_has_the_name_and_http_by_its_whole_address(certificates, of):
    names = []
    tls = TlsSettings(ca_file=str(certificates / "ca.pem"), server_name="localhost")
    with https(certificates, names) as port, serving() as plain, proxying("me", "s3cr3t") as proxy:
        access = Access(tls, {"x-key": "k"}, proxy=Proxy("127.0.0.1", proxy.port, "me", "s3cr3t"))
        assert asked(access, f"https://127.0.0.1:{port}/a", of) == 204
        assert asked(access, f"http://127.0.0.1:{plain.server_port}/b", of) == 204
        assert proxy.lines == [
            f"CONNECT 127.0.0.1:{port} HTTP/1.1",
            f"GET http://127.0.0.1:{plain.server_port}/b HTTP/1.1",
        ]
    assert names == ["localhost"]
    assert plain.seen[0]["x-key"] == "k"
    assert plain.seen[0]["proxy-authorization"] is None


@BOTH
def test_a_proxy_that_is_away_refuses_or_wants_a_password_is_told_from_the_server(of):
    access = Access(proxy=Proxy("127.0.0.1", 9))
    for url in ("http://127.0.0.1:1/", "https://127.0.0.1:1/"):
        with pytest.raises(httpx.ProxyError, match=r"the proxy 127\.0\.0\.1:9: "):
            asked(access, url, of)
    with proxying("me", "s3cr3t") as proxy:
        nobody = Access(proxy=Proxy("127.0.0.1", proxy.port))
        for url in ("http://127.0.0.1:1/", "https://127.0.0.1:1/"):
            with pytest.raises(httpx.ProxyError, match="407"):
                asked(nobody, url, of)
        known = Access(proxy=Proxy("127.0.0.1", proxy.port, "me", "s3cr3t"))
        for url in ("http://127.0.0.1:1/", "https://127.0.0.1:1/"):
            with pytest.raises(httpx.ProxyError, match="502"):
                asked(known, url, of)


@BOTH
def test_behind_a_tunnel_a_certificate_that_is_not_trusted_is_the_servers(certificates, of):
    with https(certificates, []) as port, proxying() as proxy:
        access = Access(proxy=Proxy("127.0.0.1", proxy.port))
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            asked(access, f"https://127.0.0.1:{port}/", of)


@BOTH
def test_the_environment_names_no_proxy(monkeypatch, of):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with serving() as server:
        assert asked(Access(), f"http://127.0.0.1:{server.server_port}/", of) == 204


@BOTH
def test_a_token_is_read_from_its_file_for_every_request(tmp_path, of):
    file = tmp_path / "token"
    with serving() as server:
        url, access = f"http://127.0.0.1:{server.server_port}/", Access(bearer_file=str(file))
        with pytest.raises(ValueError, match="cannot be read"):
            asked(access, url, of)
        for token in ("one", "two"):
            file.write_text(f"{token}\n")
            assert asked(access, url, of) == 204
        assert [headers["authorization"] for headers in server.seen] == ["Bearer one", "Bearer two"]
