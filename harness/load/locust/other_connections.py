"""Requests that a task sends beside the gate's client: nobody paces or counts them.

A second client, such as `requests` or `urllib`, is seen when it opens a connection: Locust has it use
gevent's sockets, which the gate's own client does not. What it sends on one that it keeps is not seen.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from traceback import walk_stack
from typing import Any

import gevent.socket
from gevent import getcurrent

from harness.load.blame import Blame, own_line, place_of
from harness.load.http.client_context import ClientContext
from harness.load.locust.paced import user_of
from harness.load.locust.user import GateUser
from harness.record.histograms.account import VARIANTS
from harness.record.mistakes import Mistake

_LOG = logging.getLogger("harness")


def watch_connections(client_context: ClientContext) -> None:
    """Record each connection that a task of a `GateUser` opens to a variant with another client.

    An address that several variants share may be a router's, and serve others too: a line says so once.
    """
    told = False

    def notice(address: object) -> None:
        nonlocal told
        user = user_of(getcurrent())
        if not isinstance(user, GateUser) or user.arrival.window is None:
            return
        reached = client_context.variants_at(address)
        if len(reached) == 1:
            what = (
                f"a client beside `self.client` connected to the {VARIANTS[reached[0]]}: its requests are "
                "neither paced nor counted; use `self.client`, or a `Gated` user"
            )
            user.arrival.window.record_mistake(Mistake(str(Blame.LOAD_TEST), what, _where(user)))
        elif reached and not told:
            told = True
            _LOG.warning(
                "a client beside `self.client` connects to the address of the targets, at %s: what it sends "
                "to them is neither paced nor counted",
                _where(user),
            )

    for method in ("connect", "connect_ex"):
        setattr(gevent.socket.socket, method, _noticing(getattr(gevent.socket.socket, method), notice))


def _noticing(connect: Callable[..., Any], notice: Callable[[object], None]) -> Callable[..., Any]:
    def connect_noticed(sock: Any, address: object) -> Any:
        notice(address)
        return connect(sock, address)

    return connect_noticed


def _where(user: GateUser) -> str:
    stack = [(frame.f_code.co_filename, line) for frame, line in walk_stack(sys._getframe())][::-1]
    # A greenlet that runs a library's function alone has no line of the load test.
    return place_of(stack) if own_line(stack) else f"class {type(user).__name__}"
