"""Plain sockets that begin to connect and never block."""

from __future__ import annotations

import socket
from typing import Any

from gevent import monkey

# gevent's own would register and remove a watcher for every single read.
_Socket: Any = monkey.get_original("socket", "socket")


def dial(family: socket.AddressFamily, address: object) -> tuple[Any, int]:
    """Return a new socket on its way to an address, and the error number of its connecting so far."""
    sock = _Socket(family, socket.SOCK_STREAM)
    sock.setblocking(False)
    if family != socket.AF_UNIX:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock, sock.connect_ex(address)
