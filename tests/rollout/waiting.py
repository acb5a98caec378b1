"""A rollout that waits for a person in a thread of its own, while others look at its directory."""

import threading
from contextlib import contextmanager

from tests.rollout.scripted import Rollout, Router, plan_text


@contextmanager
def waiting_rollout(root):
    """Run a rollout up to its request for an approval, and end it after the block."""
    text = plan_text(stages=["half"], stage_extra=", approval: required, approval_timeout: 200h")
    rollout, waits = Rollout(root, text, router=Router()), threading.Event()

    def slow_down():
        # From here on its clock leaves others the time to decide.
        rollout.clock.pause_s = 0.002
        waits.set()

    rollout.clock.at[rollout.clock.now_s + 60] = slow_down
    thread = threading.Thread(target=rollout.controller.walk)
    thread.start()
    try:
        assert waits.wait(60)
        yield rollout
    finally:
        rollout.controller.interrupt("the end of the test")
        thread.join(60)
