"""A run over traffic of the past: the stages, the live evaluation and the verdict, by the log's clock."""

from __future__ import annotations

import logging
import math
import signal
import time
from collections.abc import Callable, Mapping
from typing import Final

from harness.app.judging import write_verdict
from harness.app.report_process import write_report_as_view
from harness.app.run_terminal import RunTerminal
from harness.app.stage_times import StageTimes
from harness.judge.notices import EarlyFailNotice, LevelNotice, Notice, TriggerNotice
from harness.live.evaluation.live_evaluation import LiveEvaluation
from harness.live.figures import RunFigures
from harness.observe.past.past_logs import PastLogs
from harness.observe.past.past_source import LogClock, PastLogSource
from harness.plan.model import Stage
from harness.process.end_signals import ending_by
from harness.process.view_guard import ViewGuard
from harness.record.events.event import Event
from harness.record.events.stage import StageExtended, StageStarted
from harness.record.progress import RunProgress, StageWindow
from harness.record.run_directory import RunDirectory
from harness.record.sources.wall_clock import WallClock
from harness.report.caught import caught
from harness.rollout.controller import Controller
from harness.rollout.event_log import EventLog
from harness.rollout.exit_code import ExitCode
from harness.rollout.listeners import Announcer
from harness.rollout.release.release import Sleep
from harness.rollout.run_context import RunContext

_LOG = logging.getLogger("harness")
_SHOWN_EVERY_S: Final = 0.25


class PastRun:
    """A run over recorded traffic, from its new run directory to its exit code."""

    def __init__(self, run: RunDirectory, logs: PastLogs, times: StageTimes) -> None:
        self._run = run
        self._views = ViewGuard()
        clock = LogClock()
        self._figures = RunFigures(run.plan)
        self._terminal = RunTerminal(self._figures, self._views, time.monotonic)
        self._shown_s = -math.inf
        self._evaluation = _Looks(LiveEvaluation(run))
        log = EventLog(run, lambda: round(clock(), 6), (self._hear,), self._views)
        context = RunContext(
            run,
            log,
            PastLogSource(run.plan, logs, times.first_s, clock),
            clock,
            WallClock(clock, lambda: times.first_s + clock()),
            0.0,
            clock.sleep,
            windows=Announcer([self._figures.add, self._evaluation.window_closed], self._views),
            progress=Announcer([self._show], self._views),
        )
        starts_s = {name: at_s - times.first_s for name, at_s in times.starts_s.items()}
        release = _PastRelease(clock, starts_s)
        self._controller = Controller(context, release, (lambda: self._evaluation,))

    def execute(self) -> ExitCode:
        """Walk the stages, judge and report; return the exit code that follows from the run directory."""
        with ending_by(lambda number: self._controller.interrupt(signal.Signals(number).name)):
            try:
                self._controller.walk()
            except Exception as error:
                _LOG.error("the backtest crashed: %s: %s", type(error).__name__, error)
                _LOG.debug("its traceback", exc_info=True)
        self._terminal.close()
        verdict = write_verdict(self._run)
        write_report_as_view(self._views, self._run)
        answer = caught(self._run.run["epoch_s"], self._run.events().records, verdict)
        self._terminal.print_result(self._run, verdict, answer)
        return ExitCode.of_directory(self._run)

    def _hear(self, event: Event) -> None:
        match event:
            case StageStarted():
                self._figures.begin(event.index)
            case StageExtended():
                self._figures.extend(event.stage, event.duration_s)

    def _show(self, progress: RunProgress) -> None:
        """Show progress by the clock of the person who waits: the log's own runs many times as fast."""
        if (now_s := time.monotonic()) - self._shown_s >= _SHOWN_EVERY_S:
            self._shown_s = now_s
            self._terminal.progress(progress)


class _PastRelease:
    """A release that has been: each stage begins when it did, and nothing can be changed any more."""

    is_out = False

    def __init__(self, clock: LogClock, starts_s: Mapping[str, float]) -> None:
        self._clock, self._starts_s = clock, starts_s

    def deploy(self, stage: Stage, is_unwanted: Callable[[], bool], sleep: Sleep = time.sleep) -> None:
        """Go to the beginning of the stage."""
        self._clock.go_to(self._starts_s[stage.name])

    def roll_back(self, stage: Stage, reason: str, sleep: Sleep = time.sleep) -> list[str]:
        """Say that nothing was deployed."""
        return ["a backtest changes nothing"]


class _Looks:
    """The live evaluation, which looks whenever a window was closed."""

    def __init__(self, evaluation: LiveEvaluation) -> None:
        self._evaluation = evaluation
        self._is_due = False

    def window_closed(self, _: StageWindow) -> None:
        """Take note that there is something new."""
        self._is_due = True

    def until_ready(self) -> None:
        """Return at once: it is no process that has to start."""

    def notices(self) -> list[Notice]:
        """Return what was found since the last call."""
        if not self._is_due:
            return []
        self._is_due = False
        return [
            message
            for message in self._evaluation.look()
            if isinstance(message, TriggerNotice | EarlyFailNotice | LevelNotice)
        ]

    def problem(self) -> str | None:
        """Return None: it is no process that could end."""
        return None

    def stop(self) -> None:
        """Do nothing: there is nothing to end."""
