"""Delivers messages to one receiver after the other of a bounded queue, in a thread of its own."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from harness.notify.message import Message

_MAX_WAITING: Final = 20
Send = Callable[[Message], str | None]
"""Delivers a message and returns why that failed; None when it did not."""


class Delivery:
    """One receiver; `report` hears of each delivery.

    A receiver that is slow delays nobody else; what does not fit into its queue is reported as lost.
    """

    def __init__(
        self, number: int, wanted: frozenset[str], send: Send, report: Callable[[Mapping[str, Any]], object]
    ) -> None:
        self._number = number
        self._wanted = wanted
        self._send = send
        self._report = report
        self._waiting: queue.Queue[Message | None] = queue.Queue(_MAX_WAITING)
        self._thread = threading.Thread(target=self._deliver, daemon=True)
        self._thread.start()

    def add(self, message: Message) -> None:
        """Take a message that the receiver wants to hear."""
        if not self._wanted.intersection(message.news):
            return
        try:
            self._waiting.put_nowait(message)
        except queue.Full:
            self._say(message, 0.0, "too many messages wait for this receiver")

    def finish(self, within_s: float) -> None:
        """Deliver what waits, at most so long."""
        ends_s = time.monotonic() + within_s
        try:
            self._waiting.put(None, timeout=within_s)
        except queue.Full:
            return
        self._thread.join(max(ends_s - time.monotonic(), 0.0))

    def _deliver(self) -> None:
        while (message := self._waiting.get()) is not None:
            began_s = time.monotonic()
            try:
                problem = self._send(message)
            except Exception as error:  # a library for a hundred services fails in its own ways
                problem = f"it could not be sent: {type(error).__name__}"
            self._say(message, round(time.monotonic() - began_s, 3), problem)

    def _say(self, message: Message, took_s: float, problem: str | None) -> None:
        news = ", ".join(message.news)
        self._report({"receiver": self._number, "news": news, "took_s": took_s, "problem": problem})
