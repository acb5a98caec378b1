"""Ends a process in which one task keeps all others from running: nothing inside can end it in another way.

Tasks share one thread and take turns. One that never waits, as an endless loop, stops the load, the signals
and the deadlines of the run alike, so that only another thread of the system can see it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from traceback import walk_stack

from gevent import get_hub
from gevent.monkey import get_original

from harness.load.blame import Blame, own_line, place_of
from harness.process.child import command_of
from harness.record.events.stage import LoadTestErrors
from harness.record.run_directory import RunDirectory
from harness.rollout.event_log import EventLog
from harness.rollout.history import is_out, last_stage

MAX_SILENT_TICKS = 30
"""How many seconds in a row the load test may let nothing else run; a paused process does not count them."""
MAX_SILENT_TICKS_OF_OTHERS = 300
"""The same while no line of the load test runs: judging a long run takes its time, but not for ever."""
_TICK_S = 1.0

_start_thread = get_original("_thread", "start_new_thread")
# Its patched name returns the greenlet.
_thread_id = get_original("_thread", "get_ident")
_sleep = get_original("time", "sleep")
_spawn = get_original("os", "posix_spawn")
_wait = get_original("os", "waitpid")


class Patience:
    """Counts ticks since the last beat."""

    def __init__(self) -> None:
        self.silent_ticks = 0

    def beat(self) -> None:
        """Note that the tasks take turns."""
        self.silent_ticks = 0

    def is_over_after_tick(self, is_load_test: Callable[[], bool]) -> bool:
        """Count a tick; return whether there were too many without a beat, by what runs now."""
        self.silent_ticks += 1
        if self.silent_ticks >= MAX_SILENT_TICKS_OF_OTHERS:
            return True
        return self.silent_ticks >= MAX_SILENT_TICKS and is_load_test()


def watch(run: RunDirectory, end_process: Callable[[], object]) -> None:
    """Watch this process from now on; `end_process` ends it at once."""
    patience, main = Patience(), _thread_id()
    # A timer of the event loop: a load test may replace `gevent.sleep`, or kill every greenlet.
    get_hub().loop.timer(_TICK_S, _TICK_S).start(patience.beat)

    def is_load_test() -> bool:
        return own_line(_stack_of(main)) is not None

    def count() -> None:
        while not patience.is_over_after_tick(is_load_test):
            _sleep(_TICK_S)
        blame, stack = Blame.LOAD_TEST if is_load_test() else Blame.HARNESS, _stack_of(main)
        try:
            record(run, blame, place_of(stack), patience.silent_ticks)
            give_traffic_back(run)
        finally:
            end_process()

    _start_thread(count, ())


def record(run: RunDirectory, blame: Blame, where: str, silent_s: int) -> None:
    """Record which line keeps all others from running, and say so."""
    who = "a task" if blame is Blame.LOAD_TEST else "one of its parts"
    kind = f"{who} kept all others from running for {silent_s} s"
    # The stream may be held by what hangs.
    os.write(2, f"the {blame} hangs: {kind}, at {where}; the run ends\n".encode())
    stage, log = last_stage(run).name, EventLog.resume(run)
    log(LoadTestErrors(t_s=log.now_s(), stage=stage, blame=str(blame), kind=kind, where=where, count=1))


def give_traffic_back(run: RunDirectory) -> None:
    """Roll back in a process of its own, where there is something to roll back."""
    if is_out(run):
        command = command_of("harness", "rollback", str(run.path), "--yes")
        _wait(_spawn(command[0], command, os.environ), 0)


def _stack_of(thread: int) -> Sequence[tuple[str, int]]:
    """Return file and line of each frame, the innermost last."""
    frame = sys._current_frames().get(thread)
    stack = [] if frame is None else [(each.f_code.co_filename, line) for each, line in walk_stack(frame)]
    return stack[::-1]
