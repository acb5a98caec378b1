"""`harness backtest`: judges a release of the past from its access log, as a run would have judged it."""

from __future__ import annotations

import logging
import math
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from harness.app import stage_times
from harness.app.judging import write_verdict
from harness.app.new_run import new_run
from harness.app.report_process import REPORT_WITHIN_S, write_report_in_child
from harness.app.stage_times import FROM_LOG, StageTimes, StageTimesError
from harness.judge.notices import EarlyFailNotice, LevelNotice, Notice, TriggerNotice
from harness.live.evaluation.live_evaluation import LiveEvaluation
from harness.live.figures import RunFigures
from harness.live.terminal import Display
from harness.observe.past.past_logs import PastLogs
from harness.observe.past.past_source import LogClock, PastLogSource
from harness.observe.past.weight_changes import count_shares
from harness.plan.document import plan_text
from harness.plan.loader import PlanFile
from harness.plan.model import Plan, Stage
from harness.plan.overrides.recorded import as_recorded
from harness.plan.overrides.values import NO_OVERRIDES
from harness.plan.traffic.traffic import Traffic
from harness.process.end_signals import ending_by
from harness.process.view_guard import ViewGuard
from harness.record.events.event import Event
from harness.record.events.stage import StageExtended, StageStarted
from harness.record.evidence_source import EvidenceSource
from harness.record.progress import RunProgress, StageWindow
from harness.record.run_directory import RunDirectory
from harness.record.runs import RUNS_ROOT
from harness.report.caught import caught
from harness.report.text.progress import ProgressLine
from harness.report.text.screen import screen
from harness.report.text.terminal import print_verdict
from harness.report.wording import duration
from harness.rollout.controller import Controller
from harness.rollout.event_log import EventLog
from harness.rollout.exit_code import ExitCode
from harness.rollout.listeners import Announcer
from harness.rollout.release.release import Sleep
from harness.rollout.run_context import RunContext

_LOG = logging.getLogger("harness")
_SHOWN_EVERY_S: Final = 0.25
_SLACK_S: Final = 5.0
# Where the log begins within this of the first stage, the stage is as good as covered.
_MAX_BEGINS_LATE_S: Final = 60.0


@dataclass(frozen=True)
class BacktestRequest:
    """What the user asked for; `times` say where the stages are, `root` where runs are kept."""

    read: PlanFile
    stages: Sequence[str]
    logs: Sequence[Path]
    start: str | None
    times: Sequence[str]
    root: Path = RUNS_ROOT

    @property
    def plan(self) -> Plan:
        """The plan."""
        return self.read.plan


def backtest(request: BacktestRequest, say: Callable[[str], object]) -> ExitCode:
    """Judge the release; raises StageTimesError, PastLogError, VariationError and RunError."""
    traffic = request.plan.traffic
    if traffic is None or traffic.access_log is None:
        raise StageTimesError(
            f"{request.read.file} has no `traffic: {{access_log: …}}`, which says how its log is read"
        )
    paths = list(request.logs) or [Path(path) for path in traffic.log.path]
    times = _times(request, paths, traffic, say)
    with closing(PastLogs(paths, traffic, times.first_s)) as logs:
        _check_covers(logs, times, traffic)
        return _judged(request, times, logs, traffic, say)


def _judged(
    request: BacktestRequest,
    times: StageTimes,
    logs: PastLogs,
    traffic: Traffic,
    say: Callable[[str], object],
) -> ExitCode:
    recorded = as_recorded(times.plan, times.lengths_s)
    for stage in recorded.plan.stages:
        begins = stage_times.shown(times.starts_s[stage.name], traffic)
        say(f"stage {stage.name}: {duration(stage.duration_s)} from {begins}")
    if recorded.left_out:
        say(f"left out, because a log does not tell them: {', '.join(recorded.left_out)}")
    is_as_given = recorded.plan == request.plan
    read = request.read
    if not is_as_given:
        # Whoever judges the run again needs the plan that it was judged by.
        read = replace(read, plan=recorded.plan, text=plan_text(recorded.plan), overrides=NO_OVERRIDES)
    run = new_run(
        read,
        request.root,
        request.stages if is_as_given else (),
        source=EvidenceSource.PAST_LOG,
        epoch_s=times.first_s,
        name=f"{Path(read.file).stem}-backtest",
    )
    return _Backtest(run, logs, times).execute()


def _times(
    request: BacktestRequest, paths: Sequence[Path], traffic: Traffic, say: Callable[[str], object]
) -> StageTimes:
    start_s = None if request.start is None else stage_times.moment(request.start, traffic)
    match request.times:
        case []:
            if start_s is None:
                raise StageTimesError("write --start TIME, or --stage-times")
            return stage_times.by_plan(request.plan, start_s)
        case [word] if word == FROM_LOG:
            from_s = -math.inf if start_s is None else start_s
            say("looking for the weights of the stages in the log")
            near_s = time.time() if start_s is None else start_s
            with closing(PastLogs(paths, traffic, near_s)) as logs:
                shares = count_shares(logs.until(math.inf))
                logs.check_begins()
            return stage_times.of_log(request.plan, shares, from_s)
        case [word] if (run := stage_times.run_at(word)) is not None:
            return stage_times.of_run(request.plan, run)
        case told:
            return stage_times.as_told(request.plan, told, traffic)


def _check_covers(logs: PastLogs, times: StageTimes, traffic: Traffic) -> None:
    """Raise StageTimesError where the first stage lies outside of the log."""
    logs.read_ahead(times.first_s)
    logs.check_begins()
    first = next(stage.name for stage in times.plan.stages)
    wanted = f"stage {first} begins at {stage_times.shown(times.first_s, traffic)}"
    zone = "" if traffic.log.timezone else "; a time without a zone is in this machine's"
    if logs.last_s <= times.first_s and logs.is_over:
        last = stage_times.shown(logs.last_s, traffic)
        raise StageTimesError(f"{wanted}, but the log ends at {last}{zone}")
    if logs.first_s > times.first_s + _MAX_BEGINS_LATE_S:
        begins = stage_times.shown(logs.first_s, traffic)
        raise StageTimesError(f"{wanted}, but the log begins at {begins}{zone}")


class _Backtest:
    """One backtest whose run directory was made."""

    def __init__(self, run: RunDirectory, logs: PastLogs, times: StageTimes) -> None:
        self._run = run
        self._views = ViewGuard()
        self._console = screen()
        clock = LogClock()
        self._figures = RunFigures(run.plan)
        self._display = Display(ProgressLine(self._console, time.monotonic), self._figures)
        self._shown_s = -math.inf
        self._evaluation = _Looks(LiveEvaluation(run))
        log = EventLog(run, lambda: round(clock(), 6), (self._hear,), self._views)
        context = RunContext(
            run,
            log,
            PastLogSource(run.plan, logs, times.first_s, clock),
            clock,
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
        self._views.call("the terminal", self._display.close)
        verdict = write_verdict(self._run)
        self._views.call("the report", write_report_in_child, self._run, within_s=REPORT_WITHIN_S + _SLACK_S)
        print_verdict(verdict, self._console)
        answer = caught(self._run.run["epoch_s"], self._run.events().records, verdict)
        for line in (answer, f"evidence and report: {self._run.path}"):
            self._console.print(line, soft_wrap=True, highlight=False, markup=False)
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
            self._display(progress)


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
