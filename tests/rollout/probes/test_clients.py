"""Targets are asked with the plan's TLS settings, other servers with the system's authorities."""

import asyncio
import ssl
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from harness.load.http.tls import TlsError, TlsSettings
from harness.rollout.probes.clients import async_client_of, client_of
from harness.rollout.probes.questions import ProbeTargets
from tests.load.certificates import certificates

__all__ = ["certificates"]


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


@contextmanager
def https(certificates, names, client_ca=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "server.pem")
    if client_ca is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(client_ca)
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"https://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def asked(targets, url, of=client_of):
    if of is client_of:
        with client_of(targets, 5) as client:
            return client.get(url).status_code

    async def ask():
        async with async_client_of(targets, 5) as client:
            return (await client.get(url)).status_code

    return asyncio.run(ask())


@pytest.mark.parametrize("of", [client_of, async_client_of])
def test_a_private_authority_a_client_certificate_and_a_name_are_those_of_the_settings(certificates, of):
    names = []
    ca, shown = str(certificates / "ca.pem"), str(certificates / "client.pem")
    tls = TlsSettings(ca_file=ca, cert_file=shown, server_name="localhost")
    with https(certificates, names, client_ca=certificates / "ca.pem") as url:
        assert asked(ProbeTargets({"canary": url}, tls=tls), f"{url}/health", of) == 204
        assert names == ["localhost"]
        with pytest.raises(httpx.HTTPError):
            asked(ProbeTargets({"canary": url}), url, of)


def test_the_settings_of_targets_are_not_those_of_other_servers(certificates):
    with https(certificates, []) as target, https(certificates, []) as other:
        tls = TlsSettings(ca_file=str(certificates / "ca.pem"))
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            asked(ProbeTargets({"canary": target}, tls=tls), other)


def test_a_file_that_cannot_be_used_is_named():
    targets = ProbeTargets({"canary": "https://127.0.0.1:1"}, tls=TlsSettings(ca_file="missing.pem"))
    with pytest.raises(TlsError, match=r"ca_file missing\.pem"):
        client_of(targets, 1)
