"""Walks a plan's stages: start the load, let it drain, judge the evidence, go on or stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from harness.judge.outcome import Outcome
from harness.judge.stage import judge_stage
from harness.load.crew import Crew, Standing
from harness.plan.model import Plan, Stage
from harness.record.evidence import load_evidence
from harness.record.hlog import HlogWriter
from harness.record.run_directory import RunDirectory
from harness.record.window import ClosedWindow
from harness.rollout.probes.process import ProbesError
from harness.rollout.pulse import Pulse
from harness.rollout.recorder import StageRecorder

_TICK_S = 0.1
# How long requests under way may still end after an interruption.
_INTERRUPTED_DRAIN_S = 2.0


@dataclass(frozen=True)
class Progress:
    """Where a stage stands, for whoever watches; times in seconds."""

    plan: Plan
    index: int
    state: str
    elapsed_s: float
    standing: Standing
    pulse: Pulse


class Watcher(Protocol):
    """Someone who is told how the run goes on; called several times a second."""

    def __call__(self, progress: Progress) -> None:
        """Take note."""


class Probing(Protocol):
    """Something that writes probes into the run directory while it lasts."""

    def problem(self) -> str | None:
        """Say that it ended before its time."""

    def stop(self) -> None:
        """End it."""


@dataclass(frozen=True)
class _Watched:
    """Where a stage's closed windows go: to the run directory and to whoever watches."""

    recorder: StageRecorder
    pulse: Pulse

    def __call__(self, window: ClosedWindow) -> None:
        self.recorder(window)
        self.pulse(window)


class Controller:
    """Runs the stages of one run.

    ``clock`` is the crew's clock, ``t0_s`` its reading at t = 0 of the run; ``sleep`` lets the load run.
    """

    def __init__(
        self,
        run: RunDirectory,
        crew: Crew,
        clock: Callable[[], float],
        t0_s: float,
        sleep: Callable[[float], Any],
        watch: Watcher,
        start_probing: Callable[[], Probing | None],
    ) -> None:
        self._run = run
        self._plan = run.plan
        self._crew = crew
        self._clock = clock
        self._t0_s = t0_s
        self._sleep = sleep
        self._watch = watch
        self._start_probing = start_probing
        self._interrupted: str | None = None
        self._lost = False

    @property
    def interrupted(self) -> bool:
        """Whether somebody asked the run to end early."""
        return self._interrupted is not None

    @property
    def _must_end(self) -> bool:
        """Whether going on with the stage makes no sense: nothing it could show would count."""
        return self._interrupted is not None or self._lost

    def interrupt(self, reason: str) -> None:
        """End the run soon, keeping its evidence."""
        self._interrupted = self._interrupted or reason

    def event(self, name: str, at_s: float | None = None, **fields: Any) -> None:
        """Write an event; ``at_s`` in the clock's time, now if left out."""
        at_s = self._clock() if at_s is None else at_s
        self._run.append_event({"t_s": round(at_s - self._t0_s, 6), "event": name, **fields})

    def walk(self) -> None:
        """Run stage after stage until one does not pass or somebody interrupts."""
        self.event("run_started")
        try:
            probing = self._start_probing()
        except ProbesError as error:
            self.event("probe_failed", reason=str(error))
            probing = None
        try:
            self._walk()
        finally:
            if probing is not None:
                if problem := probing.problem():
                    self.event("probe_failed", reason=problem)
                probing.stop()

    def _walk(self) -> None:
        for index in range(len(self._plan.stages)):
            outcome = self._stage(index)
            if self._interrupted is not None:
                self.event("interrupted", signal=self._interrupted)
            if outcome is not Outcome.PASS:
                return

    def _stage(self, index: int) -> Outcome:
        stage = self._plan.stages[index]
        at_s = self._clock() + self._crew.lead_s
        started_s = round(at_s - self._t0_s, 6)
        self.event(
            "stage_started",
            at_s,
            stage=stage.name,
            index=index,
            weight=float(stage.weight),
            arrival_rate_per_s=self._plan.rate_of(stage),
        )
        with HlogWriter(self._run.stage_hlog_path(index, stage.name), self._run.run["epoch_s"]) as writer:
            recorder = StageRecorder(
                self._run, writer, stage.name, started_s, self._crew.strain, lambda: self._sleep(0)
            )
            watched = _Watched(recorder, Pulse())
            self._load(index, at_s, watched)
            self._drain(index, at_s, watched)
        if self._interrupted is not None:
            return Outcome.INVALID
        self._finish(stage)
        verdict = judge_stage(self._plan, load_evidence(self._run, stage=stage.name).stages[0])
        self.event("stage_judged", stage=stage.name, outcome=verdict.outcome)
        if verdict.outcome is not Outcome.PASS:
            self.event("held", stage=stage.name, reason=verdict.outcome)
        return verdict.outcome

    def _load(self, index: int, at_s: float, watched: _Watched) -> None:
        self._crew.begin(index, at_s, watched)
        ends_s = at_s + self._plan.stages[index].duration_s
        self._lost = False
        while (left_s := ends_s - self._clock()) > 0 and not self._must_end:
            self._sleep(min(_TICK_S, left_s))
            self._tick(index, "running", at_s, watched)
        self._crew.stop()

    def _drain(self, index: int, at_s: float, watched: _Watched) -> None:
        limit_s = _INTERRUPTED_DRAIN_S if self._must_end else self._plan.load.timeout_s + 1
        ends_s = self._clock() + limit_s
        while not self._crew.drained and self._clock() < ends_s:
            self._sleep(_TICK_S / 4)
            self._tick(index, "draining", at_s, watched)
        self._crew.give_up()
        watched.recorder.write(0)

    def _tick(self, index: int, state: str, at_s: float, watched: _Watched) -> None:
        self._crew.poll()
        standing = self._crew.standing()
        watched.recorder.write(standing.backlog)
        for loss in self._crew.losses():
            self._lost = True
            self.event("worker_lost", stage=self._plan.stages[index].name, reason=loss)
        elapsed_s = max(self._clock() - at_s, 0.0)
        self._watch(Progress(self._plan, index, state, elapsed_s, standing, watched.pulse))

    def _finish(self, stage: Stage) -> None:
        standing = self._crew.standing()
        if standing.saturated:
            self.event("saturated", stage=stage.name, max_in_flight=self._plan.load.max_in_flight)
        self.event(
            "stage_finished",
            stage=stage.name,
            duration_s=stage.duration_s,
            **asdict(standing.total),
            by_variant={str(variant): asdict(account) for variant, account in standing.accounts.items()},
        )
