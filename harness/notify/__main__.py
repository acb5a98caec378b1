"""The process that delivers a run's messages: `python -m harness.notify`, started by a run alone.

It reads the receivers first, then one message a line, and writes a line for each delivery.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from typing import Final

from harness.notify.delivery import Delivery, Send
from harness.notify.message import Message, Tone
from harness.notify.notifier import END
from harness.process.main_loop import run_child, tell, tell_ready

_ENDS_WITHIN_S: Final = 8.0


def main() -> None:
    """Deliver until the run says that it ends, or until it has died."""
    # The library names addresses in its log.
    logging.disable()
    receivers = json.loads(sys.stdin.readline())
    # The run waits for this line; the library takes its time to load.
    tell_ready()
    deliveries = [
        Delivery(number, frozenset(one["on"]), sender(one["to"]), lambda told: tell(json.dumps(told)))
        for number, one in enumerate(receivers, 1)
    ]
    for line in sys.stdin:
        if line.strip() == END:
            break
        values = json.loads(line)
        message = Message(tuple(values["news"]), values["title"], values["body"], Tone(values["tone"]))
        for delivery in deliveries:
            delivery.add(message)
    ends_s = time.monotonic() + _ENDS_WITHIN_S
    for delivery in deliveries:
        delivery.finish(max(ends_s - time.monotonic(), 0.0))


def sender(address: str) -> Send:
    """Return what delivers to an address; what it says never holds the address, which is a secret."""
    import apprise

    receiver = apprise.Apprise()
    is_known = receiver.add(address)

    def send(message: Message) -> str | None:
        if not is_known:
            return "apprise does not know the service of its address"
        kind = apprise.NotifyType(message.tone)
        is_sent = receiver.notify(title=message.title, body=message.body, notify_type=kind)
        return None if is_sent else "it refused the message, or does not answer"

    return send


if __name__ == "__main__":
    run_child("notifications", main)
