"""Where the service listens: loopback, and nowhere else."""

import socket

HOST = "127.0.0.1"
BACKLOG = 2048


def listen(port: int) -> socket.socket:
    """Open a listening loopback socket; port 0 takes a free one; raises OSError when the port is in use."""
    return socket.create_server((HOST, port), backlog=BACKLOG)
