"""How the run of a child process ended: its run directory says so, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harness.app.report_process import REPORT_WITHIN_S
from harness.judge.outcome import Outcome
from harness.judge.verdict import Verdict
from harness.process.view_guard import ViewGuard
from harness.record.run_directory import RunDirectory, RunError
from harness.report import write_report
from harness.report.kept_verdict import read_verdict
from harness.rollout.exit_code import ExitCode

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
    # Loaded for a killed run alone: every other one was judged by its own process.
    from harness.ci.killed_run import give_traffic_back

    give_traffic_back(run)


def _verdict(run: RunDirectory) -> Verdict:
    verdict, _ = read_verdict(run)
    if verdict is None:
        from harness.ci.killed_run import judge_killed

        verdict = judge_killed(run)
    if not all((run.path / name).is_file() for name in ("junit.xml", "summary.md")):
        ViewGuard().call("the report", write_report, run, within_s=REPORT_WITHIN_S)
    return verdict


def _invalid(reason: str, code: ExitCode = ExitCode.INVALID) -> RunResult:
    return RunResult(code, Verdict(Outcome.INVALID, reason, ()), None)
