"""TLS: verified unless told otherwise, resumed, timed, and every failure of it counted once."""

import socket
import ssl
import subprocess
from contextlib import contextmanager, suppress

import gevent.ssl
import gevent.subprocess
import pytest
from gevent.server import StreamServer

from harness.client.tls import TlsSettings
from harness.load.errors import ConnectionFailed, TimedOut
from harness.record.histograms.tag import Kind
from tests.load.client import OK, client_of
from tests.load.scripted import Hangup, serving


def server_context(certificates, version=ssl.TLSVersion.TLSv1_3, client_ca=None):
    context = gevent.ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "server.pem")
    context.minimum_version = context.maximum_version = version
    if client_ca is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(client_ca)
    return context


def trusting(certificates, **more):
    return TlsSettings(ca_file=str(certificates / "ca.pem"), **more)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_requests_go_through_and_later_connections_resume_the_session(certificates, version):
    closing = [OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), Hangup]
    with (
        serving(OK, closing, OK, tls=server_context(certificates, version)) as (url, seen),
        client_of(url, tls=trusting(certificates)) as one,
    ):
        responses = [one.session.post("/x", data=b"y" * 100_000) for _ in range(3)]
        assert [response.content for response in responses] == [b"ok"] * 3
        assert len(seen) == 3
        first, kept, again = (response.connected for response in responses)
        assert kept is None
        assert (first.resumed, again.resumed) == (False, True)
        assert first.handshake_s > 0
        assert one.counts() == {Kind.RESPONSE: 3, Kind.SERVICE: 3, Kind.TTFB: 3, Kind.FAILED: 0}


def test_large_bodies_pass_both_ways(certificates):
    size = 5_000_000
    large = f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n".encode() + b"z" * size
    with (
        serving(large, tls=server_context(certificates)) as (url, seen),
        client_of(url, tls=trusting(certificates)) as one,
    ):
        response = one.session.post("/x", data=b"y" * size)
        assert response.content == b"z" * size
        assert seen[0].endswith(b"y" * size)


def test_a_certificate_of_an_unknown_authority_is_refused(certificates):
    wrong = TlsSettings(ca_file=str(certificates / "another-ca.pem"))
    with serving(OK, tls=server_context(certificates)) as (url, seen):
        for settings in (wrong, None):
            with client_of(url, tls=settings) as one:
                response = one.session.get("/x")
                assert isinstance(response.error, ConnectionFailed)
                assert str(response.error).startswith("TLS certificate: ")
                assert one.counts()[Kind.FAILED] == 1
        with client_of(url, tls=TlsSettings(verify=False)) as one:
            assert one.session.get("/x").ok
        assert len(seen) == 1


def test_a_certificate_for_another_name_is_refused(certificates):
    with serving(OK, tls=server_context(certificates)) as (url, seen):
        with client_of(url.replace("127.0.0.1", "127.0.0.2"), tls=trusting(certificates)) as one:
            assert isinstance(one.session.get("/x").error, ConnectionFailed)
        assert not seen


def test_the_server_is_told_the_name_that_was_asked_for(certificates):
    names = []
    context = server_context(certificates)
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    with (
        serving(OK, tls=context) as (url, _),
        client_of(url.replace("127.0.0.1", "localhost"), tls=trusting(certificates)) as one,
    ):
        assert one.session.get("/x").ok
    assert names == ["localhost"]


def test_a_client_certificate_is_shown_to_servers_that_ask(certificates):
    context = server_context(certificates, client_ca=certificates / "ca.pem")
    with serving(OK, tls=context) as (url, _):
        shown = trusting(certificates, cert_file=str(certificates / "client.pem"))
        with client_of(url, session={"tls": shown}) as one:
            assert one.session.get("/x").ok
        with client_of(url, tls=trusting(certificates)) as one:
            assert isinstance(one.session.get("/x").error, ConnectionFailed)
            assert one.counts()[Kind.FAILED] == 1


def silent(sock, _address):
    gevent.sleep(30)


def hanging_up(sock, _address):
    sock.recv(100)
    sock.close()


def speaking_plainly(sock, _address):
    sock.recv(100)
    sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    sock.close()


@pytest.mark.parametrize(
    ("server", "error"),
    [(silent, TimedOut), (hanging_up, ConnectionFailed), (speaking_plainly, ConnectionFailed)],
)
def test_a_handshake_that_fails_is_one_failure(server, error):
    listener = StreamServer(("127.0.0.1", 0), server)
    listener.start()
    with client_of(f"https://127.0.0.1:{listener.server_port}", timeout_s=0.2) as one:
        assert isinstance(one.session.get("/x").error, error)
        assert one.counts()[Kind.FAILED] == 1
        assert one.client_context._exchanges[0]._sock is None
    listener.stop(timeout=0.1)


@pytest.mark.parametrize("cut", [False, True])
def test_a_body_without_a_length_ends_where_tls_ends_and_is_broken_without_that(certificates, cut):
    context = server_context(certificates)

    def half_a_response(sock, _address):
        tls = context.wrap_socket(sock, server_side=True)
        tls.recv(1000)
        tls.sendall(b"HTTP/1.1 200 OK\r\n\r\nbody")
        with suppress(OSError):
            if not cut:
                tls.unwrap()
            tls.shutdown(socket.SHUT_RDWR)
        tls.close()

    listener = StreamServer(("127.0.0.1", 0), half_a_response)
    listener.start()
    url = f"https://127.0.0.1:{listener.server_port}"
    with client_of(url, tls=trusting(certificates), timeout_s=2) as one:
        response = one.session.get("/x")
        assert response.raw == b"body"
        assert isinstance(response.error, ConnectionFailed) == cut
        assert response.ok != cut
    listener.stop(timeout=0.1)


@contextmanager
def openssl_server(certificates, version):
    """The server of `openssl`: yields its URL, and what writes to its connection or commands it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    pem = str(certificates / "server.pem")
    command = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", pem, "-key", pem, version]
    with gevent.subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as server:
        while b"ACCEPT" not in server.stdout.readline():
            pass

        def say(data):
            server.stdin.write(data)
            server.stdin.flush()
            # It takes as a command what it reads at once.
            gevent.sleep(0.1)

        try:
            yield f"https://127.0.0.1:{port}", say
        finally:
            server.kill()


def test_a_server_updates_its_keys_and_asks_for_new_ones_between_requests(certificates):
    with (
        openssl_server(certificates, "-tls1_3") as (url, say),
        client_of(url, tls=trusting(certificates)) as one,
    ):
        for _ in range(3):
            asked = gevent.spawn(one.session.get, "/x")
            gevent.sleep(0.1)
            say(b"K\n")
            say(OK)
            assert asked.get().content == b"ok"


def test_a_handshake_in_the_middle_of_a_connection_is_refused_and_named(certificates):
    with (
        openssl_server(certificates, "-tls1_2") as (url, say),
        client_of(url, tls=trusting(certificates)) as one,
    ):
        asked = gevent.spawn(one.session.get, "/x")
        gevent.sleep(0.1)
        say(b"R\n")
        error = asked.get().error
        assert isinstance(error, ConnectionFailed)
        assert str(error) == "the service asks for another TLS handshake"
