"""Which of the processes that share a machine waits for which."""

import os


def give_way() -> None:
    """Have this process, and what it starts, never take the core of one that is at work.

    A process that a packet or a timer wakes may take the core of whoever sent it: for a generator that sends
    thousands of requests a second over loopback, that is a late arrival at every burst of replies. A process
    that gives way keeps its fair share of the core and waits for its turn (`sched(7)`, `SCHED_BATCH`).
    Where the system has no such rule, or doesn't allow it, nothing changes.
    """
    if not hasattr(os, "SCHED_BATCH"):
        return
    try:
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    except OSError:
        return
