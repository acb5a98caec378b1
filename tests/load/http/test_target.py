"""Targets of every form of address."""

import os
import socket
from urllib.parse import quote

import pytest
from gevent.socket import socket as GeventSocket  # noqa: N812 - a class

from tests.load.client import OK, client_of
from tests.load.scripted import serving


def test_ipv6_addresses_are_bracketed_where_they_must_be():
    with serving(OK, listener=("::1", 0)) as (url, seen), client_of(url) as one:
        assert one.session.get("/x").ok
        assert f"host: {url.removeprefix('http://')}\r\n".encode() in seen[0]


@pytest.mark.parametrize("form", ["unix:{}", "http+unix://{quoted}"])
def test_a_service_may_listen_on_a_unix_socket(form, tmp_path):
    path = str(tmp_path / "service.sock")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        listener.setblocking(False)
        with (
            serving(OK, listener=GeventSocket(fileno=os.dup(listener.fileno()))) as (_, seen),
            client_of(form.format(path, quoted=quote(path, safe=""))) as one,
        ):
            assert one.session.get("/x").content == b"ok"
            assert b"host: localhost\r\n" in seen[0]
