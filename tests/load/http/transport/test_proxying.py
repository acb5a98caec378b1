"""Requests through a proxy: tunnels and whole addresses; what the proxy does is nobody's service's doing."""

import socket
import threading
from contextlib import contextmanager

import gevent.ssl
import pytest

from harness.client.access import Access
from harness.client.proxy import Proxy
from harness.client.tls import TlsSettings
from harness.load.errors import ConnectionFailed, ProxyFailed, StatusError
from harness.load.http.target import Target
from harness.load.http.transport.proxying import Passage, Tunnel
from harness.record.histograms.tag import UNATTRIBUTED, Kind
from tests.client.proxy import proxying
from tests.load.certificates import certificates
from tests.load.client import OK, client_of
from tests.load.scripted import Hangup, serving

__all__ = ["certificates"]
ME = ("me", "s3cr3t")


def context_of(certificates):
    context = gevent.ssl.SSLContext(gevent.ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "server.pem")
    return context


def owners(one):
    """Whose requests were recorded, and how they ended."""
    ends = (Kind.RESPONSE, Kind.FAILED)
    return {
        (tag.variant, tag.kind)
        for tag, h in one.window.close().histograms.items()
        if h.total and tag.kind in ends
    }


def test_https_goes_through_a_tunnel_and_the_connection_is_kept(certificates):
    tls = TlsSettings(ca_file=str(certificates / "ca.pem"), server_name="localhost")
    with (
        serving(OK, OK, tls=context_of(certificates)) as (url, seen),
        proxying(*ME) as proxy,
        client_of(url, tls=tls, proxy=Proxy("127.0.0.1", proxy.port, *ME)) as one,
    ):
        first, second = one.session.get("/a"), one.session.get("/b")
        assert (first.text, second.text) == ("ok", "ok")
        assert (first.connected is not None, second.connected) == (True, None)
        assert proxy.lines == [f"CONNECT {url.removeprefix('https://')} HTTP/1.1"]
    assert [request.split(b"\r\n")[0] for request in seen] == [b"GET /a HTTP/1.1", b"GET /b HTTP/1.1"]
    assert b"authorization" not in seen[0].lower()


def test_http_goes_by_its_whole_address_and_the_service_is_not_told_the_password():
    with (
        serving(OK) as (url, seen),
        proxying(*ME) as proxy,
        client_of(url, proxy=Proxy("127.0.0.1", proxy.port, *ME)) as one,
    ):
        assert one.session.get("/a?b=1", headers={"x": "1"}).ok
        assert proxy.lines == [f"GET {url}/a?b=1 HTTP/1.1"]
    assert b"authorization" not in seen[0].lower()


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:1", "https://127.0.0.1:1", "https://not-in-any-dns.invalid"],
)
def test_a_proxy_that_is_away_is_an_error_of_the_proxy_and_of_no_variant(url):
    with client_of(url, proxy=Proxy("127.0.0.1", 9)) as one:
        response = one.session.get("/a")
        assert isinstance(response.error, ProxyFailed)
        [mistake] = one.window.mistakes
        assert (mistake.blame, mistake.kind, mistake.where) == ("proxy", "connection refused", "127.0.0.1:9")
        assert not one.window.sent.values_s, "nothing was sent"
        assert owners(one) == set()


@pytest.mark.parametrize(("user", "refuses", "status"), [(None, None, 407), (ME, 403, 403), (ME, None, 502)])
def test_a_tunnel_that_is_refused_is_an_error_of_the_proxy_and_of_no_variant(user, refuses, status):
    with proxying(*ME) as proxy:
        proxy.refuses = refuses
        with client_of("https://127.0.0.1:1", proxy=Proxy("127.0.0.1", proxy.port, *(user or ()))) as one:
            one.session.get("/a")
            [mistake] = one.window.mistakes
            assert mistake.kind.startswith(f"it answers HTTP {status} ")
            assert owners(one) == set()


@contextmanager
def silent():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_proxy_that_never_answers_is_an_error_of_the_proxy():
    with (
        silent() as port,
        client_of("https://127.0.0.1:1", timeout_s=0.2, proxy=Proxy("127.0.0.1", port)) as one,
    ):
        assert str(one.session.get("/a").error) == f"the proxy 127.0.0.1:{port}: timeout"
        assert [mistake.blame for mistake in one.window.mistakes] == ["proxy"]


@contextmanager
def saying(answer):
    """Answer the first request with these bytes, and hang up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer_once():
            connection, _ = listener.accept()
            connection.recv(65_536)
            connection.sendall(answer)
            connection.close()

        thread = threading.Thread(target=answer_once, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(5)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"", "closed before it opened the tunnel"),
        (b"HTTP/1.1 200 OK", "closed before it opened the tunnel"),
        (b"SSH-2.0-x\r\n\r\n", "its answer to CONNECT is not HTTP"),
        (b"HTTP/1.1 503 No\x1b[2J\r\n\r\n", "it answers HTTP 503"),
        (b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 11_000, "its answer to CONNECT does not end"),
    ],
)
def test_nonsense_from_a_proxy_is_its_own(answer, said):
    with saying(answer) as port, client_of("https://127.0.0.1:1", proxy=Proxy("127.0.0.1", port)) as one:
        assert said in str(one.session.get("/a").error)
        assert [mistake.blame for mistake in one.window.mistakes] == ["proxy"]
        assert next(iter(one.window.mistakes)).kind.isprintable()


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_status_of_gateways_belongs_to_nobody_where_the_proxy_reads_the_requests(status):
    answer = b"HTTP/1.1 %d x\r\nContent-Length: 0\r\n\r\n" % status
    with (
        serving(answer) as (url, _),
        proxying() as proxy,
        client_of(url, proxy=Proxy("127.0.0.1", proxy.port)) as one,
    ):
        assert isinstance(one.session.get("/a").error, StatusError)
        assert {variant for variant, _ in owners(one)} == {UNATTRIBUTED}


def test_an_error_that_only_the_service_gives_is_the_variants_through_a_proxy_as_well():
    answer = b"HTTP/1.1 500 x\r\nContent-Length: 0\r\n\r\n"
    with (
        serving(answer) as (url, _),
        proxying() as proxy,
        client_of(url, proxy=Proxy("127.0.0.1", proxy.port)) as one,
    ):
        one.session.get("/a")
        assert owners(one) == {("baseline", Kind.FAILED)}


def test_in_a_tunnel_every_status_is_the_services_and_a_broken_connection_is_nobodys(certificates):
    tls = TlsSettings(ca_file=str(certificates / "ca.pem"))
    answer = b"HTTP/1.1 503 x\r\nContent-Length: 0\r\n\r\n"
    with (
        serving(answer, Hangup, tls=context_of(certificates)) as (url, _),
        proxying() as proxy,
        client_of(url, tls=tls, proxy=Proxy("127.0.0.1", proxy.port)) as one,
    ):
        one.session.get("/a")
        assert isinstance(one.session.get("/b").error, ConnectionFailed)
        assert {(owner, name) for owner, name, _ in one.window.tallies.errors} == {
            ("baseline", "GET /a"),
            (UNATTRIBUTED, "GET /b"),
        }


def test_a_proxy_is_asked_for_the_address_that_the_plan_gives_a_host():
    proxy = Proxy("127.0.0.1", 3128)
    target = Target.of(
        "https://app.invalid:8443", Access(addresses={"app.invalid": ("10.0.0.7",)}, proxy=proxy)
    )
    tunnel = Passage(proxy, target).tunnel()
    assert isinstance(tunnel, Tunnel)
    assert tunnel.to_send().startswith(b"CONNECT 10.0.0.7:8443 HTTP/1.1\r\nhost: 10.0.0.7:8443\r\n")
    assert target.host_header == "app.invalid:8443"
