"""Walks a plan's stages: deploy, load, drain, judge; then go on, hold or roll back."""

from __future__ import annotations

from collections.abc import Callable

from harness.judge.outcome import Outcome
from harness.judge.verdict import StageVerdict
from harness.plan.model import Plan, Stage
from harness.record.events.release import StateChanged
from harness.record.events.run import RunFinished, RunHeld, RunInterrupted, RunStarted
from harness.record.events.stage import StageJudged
from harness.rollout.background import BackgroundProcess, BackgroundProcesses
from harness.rollout.early_end import EarlyEnd
from harness.rollout.release.release import DeployError, ReleaseSteps
from harness.rollout.run_context import RunContext
from harness.rollout.stage.stage_run import StageRun
from harness.rollout.state import State, StateMachine

MAX_EXTENSIONS = 2


class Controller:
    """Runs the stages of one run. `processes` start those that work in the background."""

    def __init__(
        self,
        context: RunContext,
        release: ReleaseSteps,
        processes: tuple[Callable[[], BackgroundProcess | None], ...] = (),
    ) -> None:
        self._context = context
        self._log = context.log
        self._plan: Plan = context.run.plan
        self._release = release
        self._processes = BackgroundProcesses(context.log, processes)
        self._early_end = EarlyEnd(context, self._processes)
        self._states = StateMachine(self._log_state)
        self._stage: Stage = self._plan.stages[0]
        self._running: StageRun | None = None
        self._outcome = Outcome.INVALID
        self._is_interruption_recorded = False

    @property
    def interrupted(self) -> bool:
        """Whether a person or a signal ended the run early."""
        return self._early_end.interrupted is not None

    def interrupt(self, reason: str) -> None:
        """End the run soon, keeping its evidence."""
        self._early_end.interrupt(reason)

    @property
    def is_late_end_due(self) -> bool:
        """Whether the run was interrupted and has not acted on it yet."""
        return self.interrupted and not self._is_interruption_recorded

    def end_late(self) -> bool:
        """Roll back for an interruption after the last stage; return whether there was one.

        Whoever interrupts a run before its process has ended gets 130 and must not find its canary released.
        """
        if not self.is_late_end_due:
            return False
        if reason := self._urgent_reason():
            self._roll_back(reason)
        return True

    def walk(self) -> None:
        """Run stage after stage until one does not pass, a trigger fires, or the run is interrupted.

        However it ends, what was deployed is rolled back, unless every stage passed or the plan says `hold`.
        """
        self._log(RunStarted(t_s=self._log.now_s()))
        self._states.begin("the run starts")
        try:
            with self._processes:
                self._walk_stages()
            self._log(RunFinished(t_s=self._log.now_s(), outcome=self._outcome))
        except BaseException as error:
            self._roll_back(f"the run crashed: {type(error).__name__}")
            raise

    def _walk_stages(self) -> None:
        for index, stage in enumerate(self._plan.stages):
            self._stage = stage
            problem = self._deploy()
            if problem or self._is_unwanted() or not self._passes(index):
                self._end_early(problem)
                return
        if self._stage.is_alone and not self._context.run.selected:
            self._step(State.DECLARED, f"all {len(self._plan.stages)} stages passed")

    def _deploy(self) -> str | None:
        """Deploy the stage; return why that failed."""
        self._step(State.DEPLOYING, f"stage {self._stage.name}")
        try:
            self._release.deploy(self._stage, self._is_unwanted, self._pause)
        except DeployError as error:
            self._outcome = Outcome.INVALID
            return f"stage {self._stage.name} could not be deployed: {error}"
        return None

    def _passes(self, index: int) -> bool:
        """Put the stage under load, judge it, and do what the plan says about the outcome."""
        with StageRun(self._context, index, self._is_unwanted, self._step) as running:
            self._running = running
            verdict = self._measure(running)
        self._running = None
        self._outcome = Outcome.INVALID if verdict is None else verdict.outcome
        if verdict is None:
            return False
        judged = StageJudged(t_s=self._log.now_s(), stage=self._stage.name, outcome=verdict.outcome)
        self._log(judged)
        if self._states.is_over:
            return False
        self._step(State.JUDGED, verdict.outcome)
        if verdict.outcome is Outcome.PASS:
            self._step(State.PROMOTED, f"stage {self._stage.name} passed")
            return True
        self._stop_at(verdict.outcome)
        return False

    def _measure(self, running: StageRun) -> StageVerdict | None:
        """Send the load until there is a verdict; None when the run was interrupted."""
        for extension in range(MAX_EXTENSIONS + 1):
            self._load(running)
            if self.interrupted:
                return None
            verdict, fired = running.judge()
            if extension == MAX_EXTENSIONS or not self._extends(verdict):
                break
            self._step(State.JUDGED, verdict.outcome)
        running.finish()
        if fired is not None and not self._states.is_over:
            self._early_end.fire(self._stage.name, fired.trigger, fired.reason)
        return verdict

    def _load(self, running: StageRun) -> None:
        running.load()
        if (reason := self._urgent_reason()) is not None:
            # The traffic comes first; what the load left behind is drained and judged afterwards.
            self._roll_back(reason)
        else:
            lost = self._early_end.cannot_pass
            self._step(State.DRAINING, "it cannot pass any more" if lost else "the last arrival was sent")
        running.drain()
        # What was lost until now belongs to this stage, and nobody asks again before it is judged.
        self._is_unwanted()

    def _extends(self, verdict: StageVerdict) -> bool:
        wanted = verdict.outcome is Outcome.INCONCLUSIVE and self._stage.on_inconclusive == "extend"
        return wanted and not self._is_unwanted()

    def _stop_at(self, outcome: Outcome) -> None:
        """Do what the plan says about a stage that did not pass."""
        decision = "hold" if outcome is Outcome.INCONCLUSIVE else self._stage.on_fail
        if self._early_end.urgent is not None:
            self._roll_back(self._early_end.urgent)
        elif decision == "hold":
            self._hold(outcome, f"stage {self._stage.name} is {outcome}; a person decides")
        else:
            self._roll_back(f"stage {self._stage.name} is {outcome}")

    def _end_early(self, problem: str | None) -> None:
        """Roll back for an interruption, a trigger or a failed deployment; a verdict has done so already."""
        if reason := self._urgent_reason() or problem:
            self._roll_back(reason)

    def _urgent_reason(self) -> str | None:
        """Return why the traffic must go back at once; the first call for an interruption records it."""
        if (signal := self._early_end.interrupted) is None:
            return self._early_end.urgent
        if not self._is_interruption_recorded:
            self._is_interruption_recorded = True
            self._log(RunInterrupted(t_s=self._log.now_s(), stage=self._stage.name, signal=signal))
        return f"interrupted by {signal}"

    def _roll_back(self, reason: str) -> None:
        """Give all traffic back to the baseline, once."""
        if self._states.is_over or self._states.state is State.ROLLING_BACK:
            return
        if not self._release.is_out:
            self._hold(reason, f"{reason}; nothing was deployed")
            return
        self._step(State.ROLLING_BACK, reason)
        if problems := self._release.roll_back(self._stage, reason, self._pause):
            self._step(State.ROLLBACK_FAILED, " ".join(problems))
        else:
            self._step(State.ROLLED_BACK, "only the baseline serves traffic")

    def _hold(self, reason: str, step_reason: str) -> None:
        self._log(RunHeld(t_s=self._log.now_s(), stage=self._stage.name, reason=reason))
        self._step(State.HELD, step_reason)

    def _is_unwanted(self) -> bool:
        self._early_end.update(self._stage, self._running is not None)
        return self._early_end.is_due

    def _pause(self, seconds: float) -> None:
        """Wait while a command runs, and keep the load going."""
        self._context.sleep(seconds)
        if self._running is not None:
            self._running.tick("rolling back")

    def _step(self, state: State, reason: str) -> None:
        self._states.to(state, reason)

    def _log_state(self, state: State, reason: str) -> None:
        self._log(StateChanged(t_s=self._log.now_s(), stage=self._stage.name, state=state, reason=reason))
