"""The load of one stage, from its first arrival to its last window; longer if nothing could be decided."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from types import TracebackType

from harness.judge.stage import judge_view
from harness.judge.triggers.fired import FiredTrigger, first_fired
from harness.judge.verdict import StageVerdict
from harness.judge.view import StageView
from harness.judge.windows.design import StageDesign
from harness.plan.model import Stage
from harness.record.events.stage import Saturated, StageExtended, StageStarted
from harness.record.evidence import StageEvidence, as_measured, load_evidence
from harness.record.histograms.hlog import HlogWriter
from harness.record.histograms.window import ClosedWindow
from harness.record.progress import RunProgress, StageWindow
from harness.rollout.run_context import RunContext
from harness.rollout.stage.recorder import StageRecorder
from harness.rollout.stage.totals import StageTotals
from harness.rollout.stage.unseen_endpoints import UnseenEndpoints
from harness.rollout.state import State

_TICK_S = 0.1
# How long requests under way may still take when the stage was ended early.
_UNWANTED_DRAIN_S = 2.0


class StageRun:
    """Runs stage `index`.

    `is_unwanted` says that going on makes no sense, `step` takes a step of the rollout.
    """

    def __init__(
        self,
        context: RunContext,
        index: int,
        is_unwanted: Callable[[], bool],
        step: Callable[[State, str], None],
    ) -> None:
        self._context = context
        self._plan = context.run.plan
        self._stage: Stage = self._plan.stages[index]
        self._index = index
        self._is_unwanted = is_unwanted
        self._step = step
        self._open = ExitStack()
        self._parts = 0
        self._stopped_s = math.inf
        """When the part under way took up no more requests, from its own start."""
        self._totals = StageTotals(self._stage, is_routed=self._plan.is_routed)
        self._is_drained = True
        self._unseen = UnseenEndpoints(self._stage)
        self._progress: RunProgress | None = None
        """What was shown last."""

    def __enter__(self) -> StageRun:
        context, stage = self._context, self._stage
        self._first_s = self._at_s = context.clock() + context.source.lead_s
        context.log(
            StageStarted(
                t_s=context.run_time_s(self._at_s),
                stage=stage.name,
                index=self._index,
                weight=float(stage.weight),
                arrival_rate_per_s=self._plan.rate_of(stage),
                started_epoch_s=context.wall.at(self._at_s) if self._plan.traffic else None,
            )
        )
        path = context.run.stage_hlog_path(self._index, stage.name)
        self._writer = self._open.enter_context(HlogWriter(path, context.run.run["epoch_s"]))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if not self._is_drained:
                self._context.source.stop()
                self._context.source.give_up()
        finally:
            self._open.close()

    def load(self) -> None:
        """Run the stage until its time is over or it is unwanted; another call extends it by its length."""
        self._begin_part()
        design = StageDesign(self._plan, self._stage)
        warm_s = self._plan.warmup_of(self._stage) if design.has_level_rates else design.clock.settles_s
        # A warm-up that is longer than the stage leaves nothing to judge, but does not lengthen it.
        warm_s = 0.0 if self._parts > 1 else min(warm_s, self._stage.duration_s)
        self._until(self._at_s + warm_s, "warming")
        if not self._is_unwanted():
            ready = "warmed up for" if design.has_level_rates else "warmed up, at a steady rate after"
            self._step(State.MEASURING, f"{ready} {warm_s:g} s")
            self._until(self._at_s + self._stage.duration_s, "running")
        self._context.source.stop()
        self._stopped_s = self._context.clock() - self._at_s

    def drain(self) -> None:
        """Wait for the requests under way, and fail those that take too long."""
        context = self._context
        # Nobody waits for real requests: what was logged late belongs to the stage however it ended.
        is_hurried = self._plan.load is not None and self._is_unwanted()
        limit_s = _UNWANTED_DRAIN_S if is_hurried else self._plan.drains_within_s
        ends_s = context.clock() + limit_s
        while not context.source.drained and context.clock() < ends_s:
            context.sleep(_TICK_S / 4)
            self.tick("draining")
        context.source.give_up()
        self._is_drained = True
        self._recorder.write(0)
        self._recorder.end_part()
        self._totals.add(context.source.snapshot(), self._recorder.requests, self._recorder.accepted)

    def tick(self, state: str) -> None:
        """Do what is due several times a second."""
        context = self._context
        context.source.poll()
        snapshot = context.source.snapshot()
        self._recorder.write(snapshot.backlog)
        accounts = self._totals.plus({} if self._is_drained else snapshot.accounts)
        snapshot = replace(snapshot, accounts=accounts)
        elapsed_s = self._earlier_s + max(context.clock() - self._at_s, 0.0)
        self._progress = RunProgress(self._plan, self._index, state, elapsed_s, snapshot)
        context.progress(self._progress)

    def wait(self) -> None:
        """Show that the stage, which has ended, waits for a person."""
        if self._progress is not None:
            self._context.progress(replace(self._progress, state=State.WAITING))

    def judge(self) -> tuple[StageVerdict, FiredTrigger | None]:
        """Judge the stage as if it ended here, and find a trigger that was not noticed in time."""
        self.tick("judging")
        evidence = load_evidence(self._context.run, stage=self._stage.name)
        view = StageView(self._plan, self._as_ended(evidence.stages[0]))
        return judge_view(view), first_fired(view, view.aggregate.moments)

    def finish(self) -> None:
        """Record what became of every arrival."""
        log = self._context.log
        if self._totals.saturated:
            max_in_flight = self._plan.sent.max_in_flight
            log(Saturated(t_s=log.now_s(), stage=self._stage.name, max_in_flight=max_in_flight))
        log(self._totals.finished(log.now_s()))

    @property
    def extensions(self) -> int:
        """How often it was measured for longer."""
        return max(self._parts - 1, 0)

    @property
    def _beginning(self) -> str:
        return "the load starts" if self._plan.load else "the traffic is watched"

    @property
    def _earlier_s(self) -> float:
        """How long the parts of the stage before the present one lasted."""
        return (self._parts - 1) * self._stage.duration_s

    def _begin_part(self) -> None:
        context, stage = self._context, self._stage
        self._parts += 1
        if self._parts > 1:
            self._at_s = context.clock() + context.source.lead_s
            duration_s = stage.duration_s * self._parts
            at_s = context.run_time_s(self._at_s)
            context.log(StageExtended(t_s=at_s, stage=stage.name, duration_s=duration_s))
        # An extension continues the stage's own time where it stopped, so that no window is missing.
        start_s = context.run_time_s(self._first_s) + self._earlier_s
        self._recorder = StageRecorder(context, self._writer, stage.name, start_s, self._unseen)
        self._stopped_s = math.inf
        self._step(State.WARMING, "extended" if self._parts > 1 else self._beginning)
        context.source.begin(self._index, self._at_s, self._take)
        self._is_drained = False

    def _take(self, window: ClosedWindow) -> None:
        self._recorder(window)
        is_cut = window.start_s + window.length_s > self._stopped_s
        self._context.windows(StageWindow(self._index, self._earlier_s + window.start_s, window, is_cut))

    def _until(self, end_s: float, state: str) -> None:
        while (left_s := end_s - self._context.clock()) > 0 and not self._is_unwanted():
            self._context.sleep(min(_TICK_S, left_s))
            self.tick(state)

    def _as_ended(self, evidence: StageEvidence) -> StageEvidence:
        finished = self._totals.finished(self._context.log.now_s())
        return replace(evidence, finished=finished, stage=as_measured(evidence.stage, finished))
