"""Walks a plan's stages: deploy, load, drain, judge; then go on, hold or roll back."""

from __future__ import annotations

from collections.abc import Callable

from harness.judge.outcome import Outcome, said_of, worst
from harness.judge.verdict import StageVerdict
from harness.plan.model import Plan, Stage
from harness.record.events.approval import Decided, Decision
from harness.record.events.release import StateChanged
from harness.record.events.run import RunFinished, RunHeld, RunInterrupted, RunStarted
from harness.record.events.stage import StageJudged
from harness.rollout.approvals import Approvals, NextStep
from harness.rollout.background import BackgroundProcess, BackgroundProcesses
from harness.rollout.early_end import EarlyEnd
from harness.rollout.release.release import DeployError, ReleaseSteps
from harness.rollout.run_context import RunContext
from harness.rollout.stage.stage_run import StageRun
from harness.rollout.stage.waiting_load import waiting_load
from harness.rollout.state import State, StateMachine

MAX_EXTENSIONS = 2
_WAIT_S = 0.1
_EXTENDABLE = {Outcome.PASS, Outcome.INCONCLUSIVE}


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
        self._approvals = Approvals(context)
        self._outcomes: list[Outcome] = []
        self._is_interruption_recorded = False

    @property
    def interrupted(self) -> bool:
        """Whether a person or a signal ended the run early."""
        return self._early_end.interrupted is not None

    def interrupt(self, reason: str) -> None:
        """End the run soon, keeping its evidence."""
        self._early_end.interrupt(reason)

    def decide(self, decision: Decided) -> None:
        """Hand in what a person decided."""
        self._approvals.submit(decision)

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
            self._log(RunFinished(t_s=self._log.now_s(), outcome=worst(self._outcomes)))
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
            self._outcomes.append(Outcome.INVALID)
            return f"stage {self._stage.name} could not be deployed: {error}"
        return None

    def _passes(self, index: int) -> bool:
        """Put the stage under load, judge it, and do what the plan or a person says about the outcome."""
        with StageRun(self._context, index, self._is_unwanted, self._step) as running:
            following = self._following(running)
        return following is not None and self._go_on(following)

    def _following(self, running: StageRun) -> NextStep | None:
        """Measure the stage until it is decided how to go on; None when the run is over."""
        while True:
            verdict = self._measure(running)
            if verdict is None or self._states.is_over:
                self._outcomes.append(Outcome.INVALID if verdict is None else verdict.outcome)
                return None
            self._step(State.JUDGED, verdict.outcome)
            following = self._decision(running, verdict.outcome)
            if following is None:
                self._outcomes += [verdict.outcome, Outcome.FAIL if self._is_accused else Outcome.INVALID]
                return None
            if following.decision is not Decision.EXTEND:
                self._outcomes += [verdict.outcome, following.outcome]
                return following

    def _measure(self, running: StageRun) -> StageVerdict | None:
        """Send the load until there is a verdict; None when the run was interrupted."""
        self._running = running
        while True:
            self._load(running)
            if self.interrupted:
                self._running = None
                return None
            if not self._states.is_over:
                self._step(State.JUDGING, "every request has ended")
            verdict, fired = running.judge()
            if not self._extends(running, verdict):
                break
            self._step(State.JUDGED, verdict.outcome)
        self._running = None
        running.finish()
        if fired is not None and not self._states.is_over:
            self._early_end.fire(self._stage.name, fired.trigger, fired.reason)
        self._log(StageJudged(t_s=self._log.now_s(), stage=self._stage.name, outcome=verdict.outcome))
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

    def _extends(self, running: StageRun, verdict: StageVerdict) -> bool:
        wanted = verdict.outcome is Outcome.INCONCLUSIVE and self._stage.on_inconclusive == "extend"
        return wanted and self._may_extend(running, verdict.outcome) and not self._is_unwanted()

    def _may_extend(self, running: StageRun, outcome: Outcome) -> bool:
        """Whether more load may follow; nobody measures a stage that failed until it passes."""
        return outcome in _EXTENDABLE and running.extensions < MAX_EXTENSIONS

    def _decision(self, running: StageRun, outcome: Outcome) -> NextStep | None:
        """Return what the plan says about an outcome, or a person where the plan asks for one."""
        planned = self._planned(outcome)
        if self._is_unwanted() and (self.interrupted or self._early_end.urgent):
            return None
        if not self._approvals.are_needed(self._stage, planned.decision):
            return planned
        self._step(State.WAITING, f"stage {self._stage.name} {said_of(outcome)}; a person decides")
        may_extend = self._may_extend(running, outcome) and self._stage.may_be_extended
        asked = self._approvals.request(self._stage, outcome, may_extend=may_extend)
        with waiting_load(self._context, self._stage, asked) as keep_going:
            while not self._is_unwanted():
                if (answer := self._approvals.answer(self._stage)) is not None:
                    return answer
                self._context.sleep(_WAIT_S)
                keep_going()
                running.wait()
            # The traffic comes first: the load that went on ends afterwards.
            self._end_early(None)
        return None

    def _planned(self, outcome: Outcome) -> NextStep:
        """Return what the plan alone does about an outcome."""
        if outcome is Outcome.PASS:
            return NextStep(Decision.APPROVE, f"stage {self._stage.name} passed", outcome)
        is_held = outcome is Outcome.INCONCLUSIVE or self._stage.on_fail == "hold"
        decision = Decision.HOLD if is_held else Decision.REJECT
        return NextStep(decision, f"stage {self._stage.name} {said_of(outcome)}", outcome)

    def _go_on(self, following: NextStep) -> bool:
        """Do what was decided after a stage; return whether the next one follows."""
        if following.decision is Decision.APPROVE:
            self._step(State.PROMOTED, following.reason)
            return True
        if following.decision is Decision.HOLD:
            self._hold(following.outcome, f"{following.reason}; a person decides")
        else:
            self._roll_back(following.reason)
        return False

    def _end_early(self, problem: str | None) -> None:
        """Roll back for an interruption, a trigger, a failed deployment or a loss between two stages.

        A verdict has done so already.
        """
        if reason := self._urgent_reason() or problem or self._early_end.lost:
            self._roll_back(reason)

    @property
    def _is_accused(self) -> bool:
        """Whether a trigger or a person ended the run, and neither a signal nor a loss."""
        return self._early_end.urgent is not None and not self.interrupted

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
        self._early_end.update(self._stage, is_loaded=self._running is not None)
        if self._states.state is not State.WAITING and (why := self._approvals.rejection(self._stage)):
            self._early_end.reject(why)
            self._outcomes.append(Outcome.FAIL)
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
