"""Walks a plan's stages: bring out, load, drain, judge; go on, hold, or take everything back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Protocol

from harness.judge.outcome import Outcome
from harness.judge.verdict import StageVerdict
from harness.plan.model import Plan, Stage
from harness.process.child import ChildError
from harness.rollout.history import first_bad_s
from harness.rollout.release import DeployFailed, Release
from harness.rollout.run_context import RunContext
from harness.rollout.stage_run import StageRun
from harness.rollout.state import Machine, State

MAX_EXTENSIONS = 2


class Companion(Protocol):
    """A process beside the run: it probes, or looks out for triggers and levels."""

    def told(self) -> list[Any]:
        """Return what it told since the last call."""

    def problem(self) -> str | None:
        """Say that it ended before its time."""

    def stop(self) -> None:
        """End it."""


class Controller:
    """Runs the stages of one run. ``companions`` start the processes beside it."""

    def __init__(
        self,
        context: RunContext,
        release: Callable[[Callable[..., None], Callable[[float], Any]], Release],
        companions: tuple[Callable[[], Companion | None], ...] = (),
    ) -> None:
        self._context = context
        self._plan: Plan = context.run.plan
        self._release = release(context.event, self._pause)
        self._start = companions
        self._companions: list[Companion] = []
        self._machine = Machine(self._tell_step)
        self._stage: Stage = self._plan.stages[0]
        self._running: StageRun | None = None
        self._interrupted: str | None = None
        self._urgent: str | None = None
        """Why everything must be taken back at once, before anything is judged."""
        self._hopeless = False
        """Whether the stage can only fail."""
        self._failed: str | None = None
        self._lost = False
        self._outcome = Outcome.INVALID

    @property
    def interrupted(self) -> bool:
        """Whether somebody asked the run to end early."""
        return self._interrupted is not None

    def interrupt(self, reason: str) -> None:
        """End the run soon, keeping its evidence."""
        self._interrupted = self._interrupted or reason

    def walk(self) -> None:
        """Run stage after stage until one does not pass, a trigger fires, or somebody interrupts.

        However it ends, what was brought out is taken back unless every stage passed or the plan says `hold`.
        """
        self._context.event("run_started")
        self._machine.begin("the run begins")
        try:
            with self._beside():
                self._stages()
            self._context.event("run_finished", outcome=self._outcome)
        except BaseException as error:
            self._roll_back(f"the run broke off: {type(error).__name__}")
            raise

    def _stages(self) -> None:
        for index, stage in enumerate(self._plan.stages):
            self._stage = stage
            self._step(State.DEPLOYING, f"stage {stage.name}")
            try:
                self._release.deploy(stage, self._unwanted)
            except DeployFailed as error:
                self._outcome = Outcome.INVALID
                self._end_early(f"stage {stage.name} could not be brought out: {error}")
                return
            if self._unwanted() or not self._passes(index):
                self._end_early("")
                return
        self._declare()

    def _end_early(self, failed: str) -> None:
        """Take everything back, if there is a reason to; after a verdict that was done already."""
        if self._interrupted is not None:
            self._context.event("interrupted", signal=self._interrupted)
        why = failed
        if self._interrupted is not None:
            why = f"interrupted by {self._interrupted}"
        elif self._urgent is not None:
            why = self._urgent
        if why:
            self._roll_back(why)

    def _passes(self, index: int) -> bool:
        with StageRun(self._context, index, self._unwanted, self._step) as running:
            self._running = running
            verdict = self._measured(running)
        self._running = None
        if verdict is None:
            self._outcome = Outcome.INVALID
            return False
        self._outcome = verdict.outcome
        self._context.event("stage_judged", stage=self._stage.name, outcome=verdict.outcome)
        if self._machine.is_over:
            return False
        self._step(State.JUDGED, verdict.outcome)
        if verdict.outcome is Outcome.PASS:
            self._step(State.PROMOTED, f"stage {self._stage.name} passed")
            return True
        self._answer(verdict.outcome)
        return False

    def _measured(self, running: StageRun) -> StageVerdict | None:
        """Send the load until there is a verdict; None when somebody interrupted."""
        for attempt in range(MAX_EXTENSIONS + 1):
            running.load()
            if self._urgent is not None:
                # First of all the traffic; what it left behind is drained and judged afterwards.
                self._roll_back(self._urgent)
            elif self._interrupted is None:
                out = "the stage can only fail" if self._hopeless else "the last arrival is out"
                self._step(State.DRAINING, out)
            running.drain()
            if self._interrupted is not None:
                return None
            verdict, fired = running.judge()
            extends = self._stage.on_inconclusive == "extend" and not self._unwanted()
            if verdict.outcome is not Outcome.INCONCLUSIVE or not extends or attempt == MAX_EXTENSIONS:
                break
            self._step(State.JUDGED, verdict.outcome)
        running.finish()
        if fired is not None:
            self._fire(self._stage.name, trigger=fired.trigger, reason=fired.reason)
        return verdict

    def _answer(self, outcome: Outcome) -> None:
        """Do what the plan wants done after a stage that did not pass."""
        decision = "hold" if outcome is Outcome.INCONCLUSIVE else self._stage.on_fail
        if self._urgent is not None:
            self._roll_back(self._urgent)
        elif decision == "hold":
            self._context.event("held", stage=self._stage.name, reason=outcome)
            self._step(State.HELD, f"stage {self._stage.name} is {outcome}, a person decides")
        else:
            self._roll_back(f"stage {self._stage.name} is {outcome}")

    def _roll_back(self, reason: str) -> None:
        """Give all traffic back to the baseline: once, and with what came of it written down."""
        if self._machine.is_over or self._machine.state is State.ROLLING_BACK:
            return
        if not self._release.is_out:
            self._context.event("held", stage=self._stage.name, reason=reason)
            self._step(State.HELD, f"{reason}; nothing was brought out")
            return
        self._step(State.ROLLING_BACK, reason)
        began_s = self._context.run_time_s()
        problems = self._release.roll_back(self._stage.name)
        self._tell_back(reason, began_s, problems)

    def _tell_back(self, reason: str, began_s: float, problems: list[str]) -> None:
        now_s = self._context.run_time_s()
        bad_s = first_bad_s(self._context.run, self._stage)
        fields = {
            "stage": self._stage.name,
            "reason": reason,
            "took_s": round(now_s - began_s, 3),
            "after_first_bad_s": None if bad_s is None else round(now_s - bad_s, 3),
        }
        if problems:
            self._context.event("rollback_failed", **fields, problems=problems)
            self._step(State.ROLLBACK_FAILED, " ".join(problems))
        else:
            self._context.event("rolled_back", **fields)
            self._step(State.ROLLED_BACK, "the baseline alone serves")

    def _declare(self) -> None:
        everything = not self._context.run.run.get("stages") and self._stage.is_alone
        if everything:
            self._step(State.DECLARED, f"all {len(self._plan.stages)} stages passed")

    def _unwanted(self) -> bool:
        """Tell whether going on makes no sense; asks the companions, so it is cheap and often called."""
        self._listen()
        return self._is_unwanted

    @property
    def _is_unwanted(self) -> bool:
        return bool(self._interrupted or self._urgent or self._hopeless or self._lost)

    def _listen(self) -> None:
        for loss in self._context.source.losses():
            self._lost = True
            self._context.event("worker_lost", stage=self._stage.name, reason=loss)
        for companion in self._companions:
            for notice in companion.told():
                self._heed(notice)

    def _heed(self, notice: dict[str, Any]) -> None:
        stage = notice["stage"] or self._stage.name
        fields = {key: value for key, value in notice.items() if key not in ("notice", "stage")}
        match notice["notice"]:
            case "trigger":
                self._fire(stage, **fields)
            case "failed_early":
                self._give_up(stage, **fields)
            case "level":
                self._context.event("level_reached", stage=stage, **fields)

    def _fire(self, stage: str, trigger: str, reason: str) -> None:
        if not self._machine.is_over and self._urgent is None:
            self._urgent = f"trigger: {trigger}"
            self._context.event("trigger_fired", stage=stage, trigger=trigger, reason=reason)

    def _give_up(self, stage: str, criterion: str, at_s: float, reason: str) -> None:
        """End a stage under load that can only fail; the plan says what happens to the traffic."""
        if self._running is None or stage != self._stage.name or self._is_unwanted:
            return
        self._hopeless = True
        self._context.event("failed_early", stage=stage, criterion=criterion, at_s=at_s, reason=reason)
        if self._stage.on_fail == "rollback":
            self._urgent = f"stage {stage} can only fail: {criterion}"

    def _pause(self, seconds: float) -> None:
        """Wait while a command runs, with the load looked after."""
        self._context.sleep(seconds)
        if self._running is not None:
            self._running.tick("rolling back")

    @contextmanager
    def _beside(self) -> Iterator[None]:
        try:
            for start in self._start:
                try:
                    if (companion := start()) is not None:
                        self._companions.append(companion)
                except ChildError as error:
                    self._context.event("probe_failed", reason=str(error))
            yield
        finally:
            for companion in self._companions:
                if problem := companion.problem():
                    self._context.event("probe_failed", reason=problem)
                with suppress(OSError):
                    companion.stop()

    def _step(self, state: State, reason: str) -> None:
        self._machine.to(state, reason)

    def _tell_step(self, state: State, reason: str) -> None:
        self._context.event("state_changed", state=state, stage=self._stage.name, reason=reason)
