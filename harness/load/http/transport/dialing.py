"""Plain sockets that never block: their connecting, and whether an idle one can still be used."""

from __future__ import annotations

import socket
from typing import Any

from gevent import monkey

# gevent's own socket would register and remove a watcher for every read.
_Socket: Any = monkey.get_original("socket", "socket")


def dial(family: socket.AddressFamily, address: object) -> tuple[Any, int]:
    """Return a new socket on its way to an address, and the error number of its connecting so far."""
    sock = _Socket(family, socket.SOCK_STREAM)
    sock.setblocking(False)
    if family != socket.AF_UNIX:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock, sock.connect_ex(address)


def is_stale(sock: Any, tls: bool) -> bool:
    """Whether the service closed an idle connection, or sent something without being asked."""
    try:
        sock.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except OSError:
        return True
    # Over TLS it may be a new session ticket; the connection finds out when it reads.
    return not tls
