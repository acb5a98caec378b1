"""A run as its watchers see it: keeps what happens, and makes the state of the page when one is asked for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

import orjson

from harness.judge.triggers.fired import TriggerProgress
from harness.judge.verdict import Verdict
from harness.live.criteria import CriteriaStatus
from harness.live.figures import RunFigures, StageFigures
from harness.live.page_state import page_state
from harness.live.snapshot import Error, LiveSnapshot, Rates
from harness.record.events.approval_status import ApprovalStatus
from harness.record.events.event import Event
from harness.record.events.release import StateChanged
from harness.record.events.run import RunFinished
from harness.record.events.stage import RequestErrors, StageExtended, StageJudged, StageStarted
from harness.record.histograms.account import Account, new_accounts, total_of
from harness.record.progress import RunProgress
from harness.record.run_directory import RunDirectory

_EVERY_S = 1.0
_MAX_EVENTS = 200
_MAX_ERRORS = 100


class LiveRun:
    """Follows one run; `clock` gives seconds that never run backwards.

    A state is made at most once a second, however many people watch, and never when nobody does. `pause` lets
    the load run: made in one go, a state would delay the requests that become due meanwhile.
    """

    def __init__(
        self,
        run: RunDirectory,
        figures: RunFigures,
        clock: Callable[[], float],
        pause: Callable[[], Any] = lambda: None,
    ) -> None:
        self.pause = pause
        self.path = run.path
        self.plan = run.plan
        self.figures = figures
        self.plan_name = str(run.run["plan_name"])
        self._epoch_s = float(run.run["epoch_s"])
        self.events: deque[Event] = deque(maxlen=_MAX_EVENTS)
        self.outcomes: dict[str, str] = {}
        self._state = "starting"
        self._has_finished = False
        self.verdict: Verdict | None = None
        self.approvals = ApprovalStatus()
        self._criteria = CriteriaStatus(run.plan)
        self._clock = clock
        self._progress: RunProgress | None = None
        self._before: tuple[float, int, Account] | None = None
        self._rates = Rates()
        self._errors: dict[Error, int] = {}
        self._made_s = float("-inf")
        self._made = b""

    def __call__(self, progress: RunProgress) -> None:
        """Keep the progress of the stage; called several times a second."""
        self._progress = progress

    def conclude(self, verdict: Verdict) -> None:
        """Take the verdict; the next state has it."""
        self.verdict = verdict
        self._made_s = float("-inf")

    def state_json(self) -> bytes:
        """Return the state of the page; requests that come while a new one is made get the one before."""
        if self._made and self._clock() - self._made_s < _EVERY_S:
            return self._made
        begun_s = self._made_s = self._clock()
        made = self._make()
        if self._made_s == begun_s:
            self._made = made
        return made

    @property
    def state(self) -> str:
        """The state of the release; `judging` from the end of the run until there is a verdict."""
        return "judging" if self._has_finished and self.verdict is None else self._state

    @property
    def triggers(self) -> tuple[TriggerProgress, ...]:
        """How near the triggers of the shown stage are to firing."""
        stage = self._stage()
        return stage.triggers if stage else ()

    @property
    def index(self) -> int | None:
        """The stage shown: the one that runs, or ran last; None before the first."""
        return max(self.figures.stages, default=None)

    def accounts_so_far(self) -> dict[str, Account]:
        """Return the accounts of the shown stage right now, or those it closed with."""
        stage = self._stage()
        closed = stage.accounts if stage else new_accounts()
        if self._progress is None or self._progress.index != self.index:
            return closed
        open_ = self._progress.snapshot.accounts
        return open_ if total_of(open_).due > total_of(closed).due else closed

    def hear(self, event: Event) -> None:
        """Keep an event of the run."""
        self.approvals.hear(event)
        match event:
            case RequestErrors():
                self._count(event)
                return
            case StateChanged():
                self._state = event.state
            case RunFinished():
                self._has_finished = True
            case StageJudged():
                self.outcomes[event.stage] = event.outcome
            case StageStarted():
                self.figures.begin(event.index)
            case StageExtended():
                self.figures.extend(event.stage, event.duration_s)
                self.outcomes.pop(event.stage, None)
        self.events.append(event)

    def _count(self, errors: RequestErrors) -> None:
        what = (errors.stage, errors.variant, errors.endpoint, errors.kind)
        if what in self._errors or len(self._errors) < _MAX_ERRORS:
            self._errors[what] = self._errors.get(what, 0) + errors.count

    def _stage(self) -> StageFigures | None:
        return None if self.index is None else self.figures.stages[self.index]

    def _make(self) -> bytes:
        self.pause()
        state = {}
        for name, value in page_state(self._snapshot()):
            state[name] = value
            self.pause()
        made = orjson.dumps(state)
        self.pause()
        return made

    def _snapshot(self) -> LiveSnapshot:
        stage, index, progress = self._stage(), self.index, self._progress
        criteria = [] if stage is None else self._criteria.of(stage)
        self.pause()
        accounts = self.accounts_so_far()
        is_now = progress is not None and progress.index == index
        return LiveSnapshot(
            plan=self.plan,
            plan_name=self.plan_name,
            path=self.path,
            state=self.state,
            index=index,
            elapsed_s=progress.elapsed_s if is_now and progress else 0.0,
            accounts=accounts,
            backlog=progress.snapshot.backlog if is_now and progress else 0,
            rates=self._rated(total_of(accounts)),
            figures=stage,
            criteria=criteria,
            triggers=self.triggers,
            outcomes=self.outcomes,
            events=list(self.events),
            errors=self._errors,
            cpu=self.figures.generator_cpu,
            verdict=self.verdict,
            epoch_s=self._epoch_s,
            waiting=self.approvals.waiting,
        )

    def _rated(self, total: Account) -> Rates:
        """Return the rates since the last state of the same stage; for the first state, those of a window."""
        now_s, index = self._clock(), self.index or 0
        if self._before is None and (stage := self._stage()) is not None:
            self._rates = Rates(stage.offered_per_s, stage.achieved_per_s)
        if self._before is not None and self._before[1] == index and now_s > self._before[0]:
            past_s, past = now_s - self._before[0], self._before[2]
            self._rates = Rates(
                max(total.due - past.due, 0) / past_s,
                max(total.completed - past.completed, 0) / past_s,
                max(total.failed - past.failed, 0) / past_s,
            )
        self._before = (now_s, index, total)
        return self._rates
