"""Finds the run directory that a child process left, and its verdict; without one the run is invalid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.app.judging import write_verdict
from harness.judge.outcome import Outcome
from harness.judge.verdict import Verdict
from harness.record.run_directory import RunDirectory, RunError
from harness.report import write_report
from harness.report.write import read_verdict
from harness.rollout.exit_code import ExitCode


@dataclass(frozen=True)
class RunResult:
    """How a run ended; without a run directory `run` is None and the verdict says why."""

    code: ExitCode
    verdict: Verdict
    run: RunDirectory | None


def directories(root: Path) -> frozenset[str]:
    """Return the names of the entries in the directory of runs."""
    return frozenset(path.name for path in root.iterdir()) if root.is_dir() else frozenset()


def result_of(
    root: Path, before: frozenset[str], plan_text: str, stages: Sequence[str], code: ExitCode
) -> RunResult:
    """Return the result of the run that was added to `root` since `before`, with verdict and report.

    The child's exit code 0 counts only if the verdict is a pass.
    """
    try:
        run = _the_run(root, directories(root) - before, plan_text, stages)
        verdict = _verdict(run)
    except RunError as error:
        return _nothing(code, str(error))
    agrees = code is not ExitCode.PASS or verdict.outcome is Outcome.PASS
    return RunResult(code if agrees else ExitCode.INVALID, verdict, run)


def _the_run(root: Path, added: frozenset[str], plan_text: str, stages: Sequence[str]) -> RunDirectory:
    found = [run for name in sorted(added) if (run := _same(root / name, plan_text, stages))]
    if not found:
        raise RunError("The run left no run directory; its output above says why.")
    if len(found) > 1:
        names = ", ".join(run.path.name for run in found)
        raise RunError(f"Several runs of this plan ran at the same time ({names}); run one at a time.")
    return found[0]


def _same(path: Path, plan_text: str, stages: Sequence[str]) -> RunDirectory | None:
    if path.is_symlink():
        return None
    try:
        run = RunDirectory.open(path)
        same_plan = run.read_plan_text() == plan_text
    except RunError:
        return None
    return run if same_plan and run.run.get("stages") == list(stages) else None


def _verdict(run: RunDirectory) -> Verdict:
    verdict, unjudged = read_verdict(run)
    if verdict is None:
        # The run was killed before it was judged. It is judged now, but cannot pass.
        verdict = write_verdict(run)
        if verdict.outcome is Outcome.PASS:
            raise RunError(unjudged)
    if not all((run.path / name).is_file() for name in ("junit.xml", "summary.md")):
        write_report(run)
    return verdict


def _nothing(code: ExitCode, reason: str) -> RunResult:
    kept = code in {ExitCode.BAD_USAGE, ExitCode.INTERRUPTED}
    return RunResult(code if kept else ExitCode.INVALID, Verdict(Outcome.INVALID, reason, ()), None)
