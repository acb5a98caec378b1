"""The load of one stage, from its first arrival to its last window; longer if nothing could be decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, replace
from types import TracebackType
from typing import Any

from harness.judge.criteria.triggers import TriggerFired, first_fired
from harness.judge.stage import judge_view
from harness.judge.verdict import StageVerdict
from harness.judge.view import StageView
from harness.plan.model import Stage
from harness.plan.variant import Variant
from harness.record.evidence import StageEvidence, as_measured, load_evidence
from harness.record.histograms.hlog import HlogWriter
from harness.record.histograms.window import Account, ClosedWindow, total_of
from harness.record.progress import RunProgress, StageWindow
from harness.record.window_source import LoadSnapshot
from harness.rollout.recorder import StageRecorder
from harness.rollout.run_context import RunContext
from harness.rollout.state import State

_TICK_S = 0.1
# How long requests under way may still end when nobody waits for the stage any more.
_UNWANTED_DRAIN_S = 2.0


class StageRun:
    """Runs one stage.

    ``unwanted`` tells that going on makes no sense, ``step`` takes a step of the rollout.
    """

    def __init__(
        self,
        context: RunContext,
        index: int,
        unwanted: Callable[[], bool],
        step: Callable[[State, str], None],
    ) -> None:
        self._context = context
        self._plan = context.run.plan
        self._index = index
        self._unwanted = unwanted
        self._step = step
        self._open = ExitStack()
        self._parts = 0
        self._before = {variant: Account() for variant in Variant}
        self._requests: Counter[str] = Counter()
        self._saturated = 0
        self._is_drained = True

    @property
    def stage(self) -> Stage:
        """The stage as planned."""
        return self._plan.stages[self._index]

    def __enter__(self) -> StageRun:
        context, stage = self._context, self.stage
        self._first_s = self._at_s = context.clock() + context.source.lead_s
        context.event_at(
            context.run_time_s(self._at_s),
            "stage_started",
            stage=stage.name,
            index=self._index,
            weight=float(stage.weight),
            arrival_rate_per_s=self._plan.rate_of(stage),
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
        """Send the stage's load until its time is over or nobody wants it; once more if called again."""
        context, stage = self._context, self.stage
        if self._parts:
            self._at_s = context.clock() + context.source.lead_s
            context.event("stage_extended", stage=stage.name, duration_s=stage.duration_s * (self._parts + 1))
        # A stage that goes on continues its own time where it stopped, so that its windows stay in one row.
        start_s = context.run_time_s(self._first_s) + self._parts * stage.duration_s
        self._recorder = StageRecorder(context, self._writer, stage.name, start_s)
        self._parts += 1
        self._step(State.WARMING, "longer" if self._parts > 1 else "the load begins")
        context.source.begin(self._index, self._at_s, self._take)
        self._is_drained = False
        warm_s = 0.0 if self._parts > 1 else self._plan.warmup_of(stage)
        self._until(self._at_s + warm_s, "warming")
        if not self._unwanted():
            self._step(State.MEASURING, f"warmed up for {warm_s:g} s")
            self._until(self._at_s + stage.duration_s, "running")
        context.source.stop()

    def drain(self) -> None:
        """Wait for what is under way, then fail it at its age."""
        context = self._context
        limit_s = _UNWANTED_DRAIN_S if self._unwanted() else self._plan.load.timeout_s + 1
        ends_s = context.clock() + limit_s
        while not context.source.drained and context.clock() < ends_s:
            context.sleep(_TICK_S / 4)
            self.tick("draining")
        context.source.give_up()
        self._is_drained = True
        self._recorder.write(0)
        standing = context.source.standing()
        self._saturated += standing.saturated
        for variant, account in standing.accounts.items():
            self._before[variant].add(account)
        self._requests.update(self._recorder.requests)

    def tick(self, state: str) -> None:
        """Do what is due several times a second."""
        self._context.source.poll()
        standing = self._context.source.standing()
        self._recorder.write(standing.backlog)
        elapsed_s = self._earlier_s + max(self._context.clock() - self._at_s, 0.0)
        self._context.announce_progress(
            RunProgress(self._plan, self._index, state, elapsed_s, self._with(standing))
        )

    def judge(self) -> tuple[StageVerdict, TriggerFired | None]:
        """Judge the stage as it would be if it ended here, and find a trigger that nobody noticed in time."""
        evidence = load_evidence(self._context.run, stage=self.stage.name)
        view = StageView(self._plan, self._as_ended(evidence.stages[0]))
        return judge_view(view), first_fired(view, view.aggregate.moments)

    def finish(self) -> None:
        """Write down what became of every arrival."""
        if self._saturated:
            self._context.event(
                "saturated", stage=self.stage.name, max_in_flight=self._plan.load.max_in_flight
            )
        self._context.event("stage_finished", **self._account())

    @property
    def _earlier_s(self) -> float:
        """How long the stage lasted before its present part."""
        return (self._parts - 1) * self.stage.duration_s

    def _take(self, window: ClosedWindow) -> None:
        self._recorder(window)
        self._context.announce_window(StageWindow(self._index, self._earlier_s + window.start_s, window))

    def _until(self, end_s: float, state: str) -> None:
        while (left_s := end_s - self._context.clock()) > 0 and not self._unwanted():
            self._context.sleep(min(_TICK_S, left_s))
            self.tick(state)

    def _by_answer(self, account: Account) -> Account:
        """Behind a router count as due what ended: whose an arrival is, only its answer tells."""
        return replace(account, due=account.ended + account.open) if self._plan.is_routed else account

    def _with(self, standing: LoadSnapshot) -> LoadSnapshot:
        if self._parts == 1:
            return standing
        accounts = {variant: Account() for variant in Variant}
        for variant, account in accounts.items():
            account.add(self._before[variant])
            account.add(standing.accounts[variant])
        return replace(standing, accounts=accounts)

    def _account(self) -> dict[str, Any]:
        return {
            "stage": self.stage.name,
            "duration_s": self.stage.duration_s * self._parts,
            **asdict(total_of(self._before)),
            "by_variant": {str(v): asdict(self._by_answer(account)) for v, account in self._before.items()},
            "requests": {str(variant): self._requests[variant] for variant in Variant},
        }

    def _as_ended(self, evidence: StageEvidence) -> StageEvidence:
        account = self._account()
        finished = {"t_s": self._context.run_time_s(), "event": "stage_finished", **account}
        return replace(evidence, finished=finished, stage=as_measured(evidence.stage, finished))
