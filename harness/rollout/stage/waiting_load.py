"""The load of a stage that waits for a person: it goes on where a rollback trigger speaks of requests.

What is recorded meanwhile is for the triggers. It lies apart from the stage's windows, and judges nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from harness.plan.criteria.criterion import Criterion, Trigger
from harness.plan.model import Plan, Stage
from harness.record.events.approval import ApprovalRequested
from harness.record.histograms.hlog import HlogWriter
from harness.record.histograms.window import ClosedWindow
from harness.rollout.run_context import RunContext

_DRAINS_WITHIN_S: Final = 2.0


class WaitingLoad:
    """Runs a stage's schedule again and again; `writer` takes the windows, which follow each other there."""

    def __init__(self, context: RunContext, stage: Stage, asked_s: float, writer: HlogWriter) -> None:
        self._context, self._source, self._stage = context, context.source, stage
        self._index = context.run.plan.stages.index(stage)
        self._begins_s, self._writer = asked_s, writer
        self._windows: list[ClosedWindow] = []
        self._is_stopped = False
        self._until_s = 0.0
        self._begin()

    def tick(self) -> None:
        """Do what is due several times a second."""
        self._source.poll()
        self._write()
        if self._context.clock() < self._until_s and not (self._is_stopped and self._source.drained):
            return
        if not self._is_stopped:
            self._stop()
            return
        self._give_up()
        self._begins_s += self._stage.duration_s
        self._begin()

    def end(self) -> None:
        """Send no more, and wait a moment for the requests under way."""
        self._stop()
        while not self._source.drained and self._context.clock() < self._until_s:
            self._context.sleep(_DRAINS_WITHIN_S / 100)
            self._source.poll()
        self._give_up()

    def _begin(self) -> None:
        at_s = self._context.clock() + self._source.lead_s
        self._until_s, self._is_stopped = at_s + self._stage.duration_s, False
        self._source.begin(self._index, at_s, self._windows.append)

    def _stop(self) -> None:
        self._source.stop()
        self._is_stopped = True
        self._until_s = self._context.clock() + _DRAINS_WITHIN_S

    def _give_up(self) -> None:
        self._source.give_up()
        self._write()

    def _write(self) -> None:
        for window in self._windows:
            for tag, histogram in window.histograms.items():
                self._writer.write(self._begins_s + window.start_s, window.length_s, tag, histogram)
                self._context.sleep(0)
        self._windows.clear()
        self._writer.flush()


@contextmanager
def waiting_load(context: RunContext, stage: Stage, asked: ApprovalRequested) -> Iterator[Callable[[], None]]:
    """Keep a stage's load going while a request for a decision is open, if a trigger needs it.

    Yields what to call several times a second.
    """
    if not needs_requests(context.run.plan, stage):
        yield lambda: None
        return
    run = context.run
    path = run.waiting_hlog_path(run.plan.stages.index(stage), stage.name, asked.request)
    path.parent.mkdir(exist_ok=True)
    with HlogWriter(path, run.run["epoch_s"]) as writer:
        load = WaitingLoad(context, stage, asked.t_s, writer)
        try:
            yield load.tick
        finally:
            load.end()


def needs_requests(plan: Plan, stage: Stage) -> bool:
    """Whether a trigger can only fire where requests are sent or watched."""
    return any(_is_of_requests(trigger, plan) for trigger in (*plan.rollback, *stage.rollback))


def _is_of_requests(trigger: Trigger, plan: Plan) -> bool:
    if isinstance(trigger, Criterion):
        return trigger.measure.is_of_requests
    return plan.probes is None or plan.probes.health is None
