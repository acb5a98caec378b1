"""A service that is late in two ways, as a process: `python -m tests.real.late` tells its port.

`/late-head` sends nothing for half a second, then its head and a body that trickles; `/late-body` sends its
head at once and its body half a second later; anything else is answered at once.
"""

import sys

import gevent
from gevent.server import StreamServer

LATE_S = 0.5
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"
STEPS = {
    b"/late-head": (LATE_S, HEAD, b"l", 0.01, b"ate", 0.0),
    b"/late-body": (HEAD, LATE_S, b"late"),
}


def handle(sock, _address):
    """Answer the requests of one connection, one after the other."""
    while request := sock.recv(65536):
        for step in STEPS.get(request.split()[1], (HEAD, b"here")):
            if isinstance(step, bytes):
                sock.sendall(step)
            else:
                gevent.sleep(step)


if __name__ == "__main__":
    server = StreamServer(("127.0.0.1", 0), handle)
    server.start()
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()
