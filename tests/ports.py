"""Ports for servers of a test; tests run side by side, so none has a port of its own by name."""

import socket


def free_port():
    """Return a TCP port of this machine that nobody listens on."""
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        return chosen.getsockname()[1]
