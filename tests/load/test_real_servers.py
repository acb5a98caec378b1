"""The session against servers people run: nginx, granian and the standard library's."""

import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import gevent
import pytest

from harness.load.tls import TlsSettings
from harness.record.histograms.tag import Kind
from tests.load.client import client_of
from tests.ports import free_port

NGINX = """
user root; worker_processes 1; daemon off; pid {dir}/pid; error_log stderr;
events {{ worker_connections 256; }}
http {{
  access_log off; client_body_temp_path {dir}/body; proxy_temp_path {dir}/proxy;
  fastcgi_temp_path {dir}/fastcgi; uwsgi_temp_path {dir}/uwsgi; scgi_temp_path {dir}/scgi;
  gzip on; gzip_min_length 1; gzip_types *; keepalive_requests 5; client_max_body_size 1k;
  server {{
    listen 127.0.0.1:{port}; listen 127.0.0.1:{tls_port} ssl; listen unix:{dir}/sock;
    ssl_certificate {certificates}/server.pem; ssl_certificate_key {certificates}/server.pem;
    location / {{ return 200 "hello\\n"; }}
    location /file {{ root {dir}; }}
    location /away {{ return 301 /; }}
    location /empty {{ return 204; }}
    location /missing {{ return 404; }}
    location /drop {{ return 444; }}
  }}
}}
"""

STANDARD = """
import http.server

handler = http.server.SimpleHTTPRequestHandler
http.server.ThreadingHTTPServer(("127.0.0.1", {port}), handler).serve_forever()
"""

GRANIAN_APP = """
async def app(scope, protocol):
    if scope.path == "/echo":
        protocol.response_bytes(200, [("content-type", "text/plain")], await protocol())
    elif scope.path == "/stream":
        stream = protocol.response_stream(200, [])
        for _ in range(5):
            await stream.send_bytes(b"piece")
    else:
        protocol.response_empty(503, [])
"""


def listening(port):
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running(command, port, **options):
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    try:
        give_up_s = time.monotonic() + 20
        while not listening(port):
            assert process.poll() is None, "the server ended"
            assert time.monotonic() < give_up_s, "the server does not listen"
            gevent.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module")
def nginx(tmp_path_factory, certificates):
    if shutil.which("nginx") is None:
        pytest.skip("nginx is not installed")
    directory = tmp_path_factory.mktemp("nginx")
    port, tls_port = free_port(), free_port()
    (directory / "file").write_bytes(b"z" * 300_000)
    settings = {"dir": directory, "port": port, "tls_port": tls_port, "certificates": certificates}
    (directory / "conf").write_text(NGINX.format(**settings))
    with running(["nginx", "-c", str(directory / "conf"), "-e", "stderr"], port):
        yield {
            "plain": f"http://127.0.0.1:{port}",
            "tls": f"https://127.0.0.1:{tls_port}",
            "unix": f"unix:{directory}/sock",
        }


@pytest.mark.parametrize("how", ["plain", "tls", "unix"])
def test_nginx_answers_every_kind_of_request_once(nginx, certificates, how):
    settings = TlsSettings(ca_file=str(certificates / "ca.pem"))
    with client_of(nginx[how], tls=settings) as one:
        answers = [one.session.get("/") for _ in range(12)]
        assert [response.text for response in answers] == ["hello\n"] * 12
        # It ends a connection after five requests: three connections, two of them on a resumed session.
        opened = [response.connected for response in answers if response.connected]
        assert [connected.resumed for connected in opened] == [False, how == "tls", how == "tls"]
        assert one.session.get("/file").content == b"z" * 300_000
        assert one.session.head("/file").content == b""
        assert one.session.get("/away").text == "hello\n"
        assert one.session.get("/empty").status_code == 204
        assert one.session.post("/", data=b"x" * 5_000).status_code == 413
        assert one.session.get("/missing").status_code == 404
        assert "closed" in str(one.session.get("/drop").error)
        assert one.session.get("/").ok
        assert len(one.fired) == 20
        assert one.counts() == {Kind.RESPONSE: 17, Kind.SERVICE: 17, Kind.TTFB: 17, Kind.FAILED: 3}


def test_the_standard_librarys_server_ends_each_connection(tmp_path):
    (tmp_path / "file").write_bytes(b"content")
    port = free_port()
    command = [sys.executable, "-c", STANDARD.format(port=port)]
    with running(command, port, cwd=tmp_path), client_of(f"http://127.0.0.1:{port}") as one:
        answers = [one.session.get("/file") for _ in range(3)]
        assert [response.content for response in answers] == [b"content"] * 3
        assert all(response.connected for response in answers)
        assert one.session.head("/file").ok
        assert one.session.delete("/file").status_code == 501
        assert one.counts() == {Kind.RESPONSE: 4, Kind.SERVICE: 4, Kind.TTFB: 4, Kind.FAILED: 1}


def test_granian_echoes_streams_and_fails_as_it_says(tmp_path):
    (tmp_path / "service.py").write_text(GRANIAN_APP)
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "rsgi", "--port", str(port), "service:app"]
    with running(command, port, cwd=tmp_path), client_of(f"http://127.0.0.1:{port}") as one:
        body = bytes(range(256)) * 1000
        assert one.session.post("/echo", data=body).content == body
        assert one.session.get("/stream").content == b"piece" * 5
        assert one.session.get("/").status_code == 503
        assert sum(answer["response"].connected is not None for answer in one.fired) == 1
        assert one.counts() == {Kind.RESPONSE: 2, Kind.SERVICE: 2, Kind.TTFB: 2, Kind.FAILED: 1}


def test_openssls_own_server_accepts_what_is_sent(certificates):
    port = free_port()
    command = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", "server.pem", "-www"]
    with running(command, port, cwd=certificates, stdin=subprocess.DEVNULL):
        settings = TlsSettings(ca_file=str(certificates / "ca.pem"))
        with client_of(f"https://127.0.0.1:{port}", tls=settings) as one:
            response = one.session.get("/")
            assert response.ok, response.error
            assert "Cipher" in response.text
