"""`harness backtest`: judges a release of the past from its access log, as a run would have judged it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from harness.app import stage_times
from harness.app.new_run import new_run
from harness.app.past_run import PastRun
from harness.app.stage_times import FROM_LOG, StageTimes, StageTimesError
from harness.observe.past.past_logs import PastLogs
from harness.observe.past.weight_changes import count_shares
from harness.plan.document import plan_text
from harness.plan.loader import PlanFile
from harness.plan.model import Plan
from harness.plan.overrides.recorded import as_recorded
from harness.plan.overrides.values import NO_OVERRIDES
from harness.plan.traffic.traffic import Traffic
from harness.record.evidence_source import EvidenceSource
from harness.record.runs import RUNS_ROOT
from harness.report.wording import duration
from harness.rollout.exit_code import ExitCode

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
    named, first_s = request.plan.named_endpoints, times.first_s
    with closing(PastLogs(paths, traffic, named, first_s)) as logs:
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
        say(f"left out, because a log does not show them: {', '.join(recorded.left_out)}")
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
    return PastRun(run, logs, times).execute()


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
            with closing(PastLogs(paths, traffic)) as logs:
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
