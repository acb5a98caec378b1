"""One run, put together: directory, targets, the source of its windows, controller, verdict and report."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from harness.app.embedded_service import ServiceError
from harness.app.judging import write_verdict
from harness.app.new_run import new_run
from harness.app.notifications import Notifications
from harness.app.report_process import write_report_as_view
from harness.app.run_terminal import RunTerminal
from harness.app.target_check import TargetCheckError, check_targets
from harness.app.target_environment import TargetEnvironment
from harness.judge.verdict import Verdict
from harness.live.evaluation.process import EvaluationProcess
from harness.live.figures import RunFigures
from harness.live.live_run import LiveRun
from harness.live.terminal import RequestLines
from harness.load.http.target import TargetError
from harness.plan.loader import PlanFile
from harness.plan.model import Plan
from harness.process.end_signals import Ended
from harness.process.view_guard import ViewGuard
from harness.record.events.approval import Decided
from harness.record.events.event import Event
from harness.record.events.run import RunCrashed, RunInterrupted, TargetDown, UsersFailed
from harness.record.events.stage import EndpointsUnseen
from harness.record.evidence_source import EvidenceSource
from harness.record.files.run_lock import hold
from harness.record.run_directory import RunDirectory
from harness.record.runs import RUNS_ROOT
from harness.record.sources.wall_clock import WallClock
from harness.record.window_source import WindowSource
from harness.report.page.event_words import words_of
from harness.report.wording import duration
from harness.rollout.controller import Controller
from harness.rollout.event_log import EventLog, EvidenceError
from harness.rollout.exit_code import ExitCode
from harness.rollout.listeners import Announcer
from harness.rollout.probes.process import ProbingProcess, start_probing
from harness.rollout.release.release import Release
from harness.rollout.release.rollback_check import check_rollback
from harness.rollout.routers.choice import router_of
from harness.rollout.routers.router import RouterError
from harness.rollout.run_context import RunContext

_LOG = logging.getLogger("harness")
# Between two pieces of the live page: long enough for the load to catch up before the next one.
_TURN_S = 0.005
CheckTraffic = Callable[[], str | None]
"""Returns what is wrong with the traffic, None for nothing."""
MakeSource = Callable[[TargetEnvironment], WindowSource]


class StartError(Exception):
    """The run cannot start; the text says why and what to do."""


@dataclass(frozen=True)
class RunRequest:
    """What the user asked for; the plan was read with these stages and this time scale.

    `source` is what will produce the run's windows, `root` where runs are kept.
    """

    read: PlanFile
    stages: Sequence[str] = ()
    time_scale: float = 1.0
    source: EvidenceSource = EvidenceSource.LOAD
    root: Path = RUNS_ROOT

    @property
    def plan(self) -> Plan:
        """The plan."""
        return self.read.plan

    def new_run(self, epoch_s: float) -> RunDirectory:
        """Make the directory of a run that began a moment ago; raises RunError."""
        return new_run(self.read, self.root, self.stages, self.time_scale, self.source, epoch_s)


class RunSession:
    """A run that is ready to start; raises StartError when its targets do not answer.

    `make_source` gets the target environment and returns the source of the run's windows. `clock` must be the
    source's; `sleep` lets the source work. `on_created` gets the run directory before anything can fail.
    `has_page` is whether the live page is served, `check_traffic` how a rollback is checked where the plan
    names no targets that could be asked, `wall` the source's where it follows the wall clock.
    """

    def __init__(
        self,
        request: RunRequest,
        make_source: MakeSource,
        clock: Callable[[], float] = time.perf_counter,
        sleep: Callable[[float], Any] = time.sleep,
        *,
        on_created: Callable[[RunDirectory], object] = lambda run: None,
        has_page: bool = False,
        check_traffic: CheckTraffic = lambda: None,
        wall: WallClock | None = None,
    ) -> None:
        self.plan = request.plan
        self.verdict: Verdict | None = None
        self._is_urgent = False
        self._clock, self._sleep = clock, sleep
        self._t0_s, self._wall = clock(), wall or WallClock(clock)
        self.run = request.new_run(self._wall.at(self._t0_s))
        self._lock = hold(self.run.path)
        on_created(self.run)
        self._has_page, self._check_traffic = has_page, check_traffic
        self._figures = RunFigures(self.plan)
        self.live = LiveRun(self.run, self._figures, clock, lambda: sleep(_TURN_S))
        self.views = ViewGuard()
        self._terminal = RunTerminal(self._figures, self.views, clock)
        self._notifications = Notifications(self.views)
        listeners = (self.live.hear, RequestLines(self.run.path), self._notifications.hear, _warn)
        self._log = EventLog(self.run, lambda: round(clock() - self._t0_s, 6), listeners, self.views)
        self._notifications.start(self.plan, self.run, self._log, clock, sleep)
        try:
            self._environment = self._open_environment()
            self._controller = self._make_controller(make_source)
        except Ended as end:
            self._log(RunInterrupted(t_s=self._log.now_s(), signal=end.reason))
            write_verdict(self.run)
            raise

    def execute(self) -> ExitCode:
        """Run the stages, judge and report; return the exit code that follows from the run directory."""
        _LOG.info("%s; Ctrl-C ends the run, keeps the evidence and rolls back", _extent(self.plan))
        try:
            self._controller.walk()
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            _LOG.error("the run crashed: %s", reason)
            _LOG.debug("its traceback", exc_info=True)
            with suppress(EvidenceError, OSError):
                self._log(RunCrashed(t_s=self._log.now_s(), reason=reason))
        self._terminal.close()
        _LOG.info("the run has ended and is judged")
        try:
            self._conclude()
            if self._controller.end_late():
                self._conclude()
        except Exception as error:
            _LOG.error("the run could not be judged: %s: %s", type(error).__name__, error)
            _LOG.debug("its traceback", exc_info=True)
        self._notifications.finish()
        return ExitCode.of_directory(self.run)

    @property
    def is_interrupted(self) -> bool:
        """Whether a person or a signal ended the run early."""
        return self._controller.interrupted

    def decide(self, decision: Decided) -> None:
        """Hand in what a person decided."""
        self._controller.decide(decision)

    def interrupt(self, reason: str) -> None:
        """End the run soon, keeping its evidence; `reason` names the signal or the request."""
        self._controller.interrupt(reason)

    def refuse(self, reason: str) -> ExitCode:
        """End the run before its first stage because its users did not get ready."""
        self._log(UsersFailed(t_s=self._log.now_s(), stage=self.plan.stages[0].name, reason=reason))
        _LOG.error("the users did not get ready: %s", reason)
        self._conclude()
        self._notifications.finish()
        return ExitCode.of_directory(self.run)

    def hurry(self) -> None:
        """Leave out the report of an interrupted run; nothing else of it can be left out."""
        self._is_urgent = True

    def show_result(self) -> None:
        """Print the verdict, if there is one, and where the run directory is."""
        if self.verdict is not None:
            self._terminal.print_result(self.run, self.verdict)

    def close(self) -> None:
        """End what the run started."""
        self._environment.stop()
        if self._lock is not None:
            self._lock.close()

    def _conclude(self) -> None:
        self.verdict = write_verdict(self.run)
        self.views.call("the live page", self.live.conclude, self.verdict)
        self._notifications.conclude(self.verdict)
        write_report_as_view(self.views, self.run, self._is_report_off)

    def _is_report_off(self) -> bool:
        """Whether somebody waits for the end of the process, or for an interruption to take effect."""
        return self._is_urgent or self._controller.is_late_end_due

    def _open_environment(self) -> TargetEnvironment:
        try:
            return TargetEnvironment.open(self.plan, self._sleep)
        except (ServiceError, RouterError) as error:
            raise self._cannot_start("target", error) from None

    def _make_controller(self, make_source: MakeSource) -> Controller:
        try:
            check_targets(self._environment.load, self._health, self._sleep)
            source = make_source(self._environment)
        except BaseException as error:
            self.close()
            if not isinstance(error, TargetError | TargetCheckError):
                raise
            variant = error.variant if isinstance(error, TargetCheckError) else "target"
            raise self._cannot_start(variant, error) from None
        context = RunContext(
            self.run,
            self._log,
            source,
            self._clock,
            self._wall,
            self._t0_s,
            self._sleep,
            windows=Announcer([self._figures.add], self.views),
            progress=Announcer([self._terminal.progress, self.live], self.views),
        )
        router = router_of(self.plan.router, self.plan.variants) if self.plan.router else None
        asked = self._environment.load
        check = partial(check_rollback, asked, self._health) if asked.urls else self._check_traffic
        release = Release(self.run, self._log, router, check)
        return Controller(context, release, (self._start_probing, self._start_evaluation))

    def _cannot_start(self, variant: str, error: Exception) -> StartError:
        self._log(TargetDown(t_s=self._log.now_s(), variant=variant, reason=str(error)))
        self._notifications.conclude(write_verdict(self.run))
        self._notifications.finish()
        return StartError(str(error))

    @property
    def _health(self) -> str | None:
        return self.plan.probes.health if self.plan.probes else None

    def _start_probing(self) -> ProbingProcess | None:
        if self.plan.probes is None:
            return None
        return start_probing(self.run, self._environment.probed, self._t0_s)

    def _start_evaluation(self) -> EvaluationProcess:
        return EvaluationProcess.start(self.run, self._figures.show, with_findings=self._has_page)


def _warn(event: Event) -> None:
    """Say at once what somebody may want to end the run for."""
    if isinstance(event, EndpointsUnseen):
        _LOG.warning("%s", words_of(event))


def _extent(plan: Plan) -> str:
    stages = plan.stages
    names = f"{len(stages)} stages" if len(stages) > 1 else f"stage {stages[0].name}"
    return f"{names}, {duration(sum(stage.duration_s for stage in stages))} of load"
