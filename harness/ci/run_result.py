"""How the run of a child process ended: its run directory says so, and nothing else."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from harness.app.judging import judge_directory, write_verdict
from harness.app.report_process import REPORT_WITHIN_S
from harness.app.verbs.rollback import roll_back
from harness.judge.outcome import Outcome
from harness.judge.verdict import Verdict
from harness.process.view_guard import ViewGuard
from harness.record.events.run import RunFinished
from harness.record.run_directory import RunDirectory, RunError
from harness.report import write_report
from harness.report.kept_verdict import read_verdict
from harness.rollout.event_log import EventLog
from harness.rollout.exit_code import ExitCode
from harness.rollout.history import is_out

_LOG = logging.getLogger("harness")

_NO_DIRECTORY = "The run left no run directory; its output above says why."
# What a child process may say of itself: that it did nothing. A pass it cannot claim.
_OF_NO_RUN = {ExitCode.BAD_USAGE, ExitCode.INTERRUPTED}


@dataclass(frozen=True)
class RunResult:
    """How a run ended; without a run directory `run` is None and the verdict says why."""

    code: ExitCode
    verdict: Verdict
    run: RunDirectory | None


def result_of(path: Path | None, child_code: int) -> RunResult:
    """Return the result of the run in `path`, with verdict and report.

    The exit code of the child is asked only when there is no run directory: whether it was bad usage.
    """
    if path is None:
        told = [code for code in _OF_NO_RUN if code == child_code]
        return _invalid(_NO_DIRECTORY, *told)
    if not path.exists():
        return _invalid(f"{path} was deleted while the run went on; there is nothing to judge.")
    try:
        run = RunDirectory.open(path)
        # Before the verdict of a run that was killed is written: it cannot pass.
        if run.read_verdict() is None:
            _give_traffic_back(run)
        verdict = _verdict(run)
        return RunResult(ExitCode.of_directory(run), verdict, run)
    except RunError as error:
        return _invalid(str(error))
    except Exception as error:  # a full disk, a deleted directory: whatever it was, there is no verdict
        return _invalid(f"{path} has no verdict: {error}")


def _give_traffic_back(run: RunDirectory) -> None:
    """Roll back after a run that was killed before it could; `harness rollback` can be tried again."""
    if not is_out(run):
        return
    _LOG.error("the run was killed; rolling back in its place")
    for problem in roll_back(run):
        _LOG.error("%s; `harness rollback %s` tries again", problem, run.path)


def _verdict(run: RunDirectory) -> Verdict:
    verdict, _ = read_verdict(run)
    if verdict is None:
        # The run was killed before it was judged. It is judged now, but cannot pass, nor can it later.
        if judge_directory(run).outcome is Outcome.PASS:
            log = EventLog.resume(run)
            log(RunFinished(t_s=log.now_s(), outcome=Outcome.INVALID))
        verdict = write_verdict(run)
    if not all((run.path / name).is_file() for name in ("junit.xml", "summary.md")):
        ViewGuard().call("the report", write_report, run, within_s=REPORT_WITHIN_S)
    return verdict


def _invalid(reason: str, code: ExitCode = ExitCode.INVALID) -> RunResult:
    return RunResult(code, Verdict(Outcome.INVALID, reason, ()), None)
