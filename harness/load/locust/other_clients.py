"""Requests that a load test sends beside the gate's client: nobody paces or counts them.

A second client, such as `requests` or `urllib`, is seen when it sends: Locust has it use gevent's sockets,
which the gate's own client does not. That is so wherever its connection was opened and whoever uses it: a
task, a greenlet or thread that `on_start` or a listener started. Another process is not seen.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from traceback import walk_stack
from typing import Any

import gevent.socket
import gevent.ssl
from gevent import get_hub, getcurrent

from harness.load.blame import Blame, is_of_the_gate, own_line, place_of
from harness.load.generator import Generator
from harness.load.locust.paced import Paced, user_of
from harness.load.locust.user import GateUser
from harness.record.histograms.account import VARIANTS
from harness.record.mistakes import Mistake

_LOG = logging.getLogger("harness")
_SENDING = (
    (gevent.socket.socket, "send"),
    (gevent.socket.socket, "sendmsg"),
    (gevent.ssl.SSLSocket, "send"),
    (gevent.ssl.SSLSocket, "write"),
)
_Stack = list[tuple[str, int]]


def watch_other_clients(generator: Generator) -> None:
    """Record what is sent to a variant by another client than that of a `GateUser`, from now on.

    What `on_start` sends, such as a login, is left out, and so is what a `Gated` user sends: its client is
    its own. An address that several variants share may be a router's, and serve others too: a line says so
    once.
    """
    loop = get_hub().loop
    told = False

    def notice(sock: Any, stack: Callable[[], _Stack]) -> None:
        nonlocal told
        user = user_of(getcurrent())
        record = _recorder(generator, user)
        if record is None or not (reached := generator.client_context.variants_at(_peer(sock))):
            return
        frames = stack()
        if user is None and any(map(is_of_the_gate, frames)):
            return
        if len(reached) == 1:
            what = (
                f"a client beside `self.client` sent to the {VARIANTS[reached[0]]}: its requests are "
                "neither paced nor counted; use `self.client`, or a `Gated` user"
            )
            mistake = Mistake(str(Blame.LOAD_TEST), what, _where(user, frames))
            if get_hub().loop is loop:
                record(mistake)
            else:
                # The sender is a thread of its own.
                loop.run_callback_threadsafe(record, mistake)
        elif not told:
            told = True
            _LOG.warning(
                "a client beside `self.client` sends to the address of the targets, at %s: that is neither "
                "paced nor counted",
                _where(user, frames),
            )

    for kind, method in _SENDING:
        setattr(kind, method, _noticing(getattr(kind, method), notice))


def _recorder(generator: Generator, user: Paced | None) -> Callable[[Mistake], None] | None:
    """Return what records a mistake of this user, or of nobody's greenlet; None where it would be none."""
    if user is not None:
        if not isinstance(user, GateUser):
            return None
        if user.arrival.window is not None:
            return user.arrival.window.record_mistake
        if user.arrival.runner is getcurrent():
            return None
    return generator.note if generator.load is not None and generator.load.running else None


def _noticing(
    send: Callable[..., Any], notice: Callable[[Any, Callable[[], _Stack]], None]
) -> Callable[..., Any]:
    def send_noticed(sock: Any, *args: Any, **kwargs: Any) -> Any:
        notice(sock, stack_of_sender)
        return send(sock, *args, **kwargs)

    def stack_of_sender() -> _Stack:
        # Without this function, `notice` and `send_noticed`.
        return [(frame.f_code.co_filename, line) for frame, line in walk_stack(sys._getframe(3))][::-1]

    return send_noticed


def _peer(sock: Any) -> object:
    try:
        return sock.getpeername()
    except OSError:
        return None


def _where(user: Paced | None, stack: _Stack) -> str:
    # A greenlet that runs a library's function alone has no line of the load test.
    if own_line(stack):
        return place_of(stack)
    return "a greenlet or thread of its own" if user is None else f"class {type(user).__name__}"
