"""What lies in the directory of runs: one line each, the newest first, damaged ones included."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.judge.outcome import Outcome
from harness.judge.verdict import Rollback
from harness.record.run_directory import RunDirectory, RunError
from harness.report.kept_verdict import read_verdict
from harness.report.text.outcome import outcome_text
from harness.report.text.screen import UNWRAPPED
from harness.report.wording import cut


@dataclass(frozen=True)
class Listed:
    """One run directory; `outcome` is None when there is no verdict, `problem` says what is wrong."""

    path: Path
    epoch_s: float
    started: str
    plan_name: str
    outcome: Outcome | None
    rollback: Rollback | None
    passed: int
    stages: int
    problem: str


def list_runs(root: str | Path) -> list[Listed]:
    """Return the runs directly below `root`, the newest first; the link `latest` is left out.

    Raises RunError when the directory can't be listed.
    """
    try:
        found = [path for path in Path(root).iterdir() if path.is_dir() and not path.is_symlink()]
    except OSError as error:
        raise RunError(f"{root}: cannot be listed: {error.strerror}") from None
    runs = [_listed(path) for path in found if (path / "run.json").exists()]
    return sorted(runs, key=lambda run: (-run.epoch_s, run.path.name))


def runs_as_json(runs: Sequence[Listed]) -> str:
    """Return the list for a machine; `outcome` is null and `problem` says why where there is no verdict."""
    keys = ("started", "plan_name", "outcome", "rollback", "passed", "stages", "problem")
    listed = [{"path": str(run.path), **{key: getattr(run, key) for key in keys}} for run in runs]
    return json.dumps(listed, indent=1, ensure_ascii=False)


def _listed(path: Path) -> Listed:
    try:
        run = RunDirectory.open(path)
    except RunError as error:
        return Listed(path, 0.0, "", "", None, None, 0, 0, str(error))
    verdict, unjudged = read_verdict(run)
    started = str(run.run.get("started", "")).replace("T", " ").removesuffix("Z")
    passed = sum(stage.outcome is Outcome.PASS for stage in verdict.stages) if verdict else 0
    stages = len(verdict.stages) + len(verdict.not_run) if verdict else 0
    outcome, rollback = (verdict.outcome, verdict.rollback) if verdict else (None, None)
    name, epoch_s = str(run.run["plan_name"]), float(run.run["epoch_s"])
    return Listed(path, epoch_s, started, name, outcome, rollback, passed, stages, unjudged)


def print_runs(runs: Sequence[Listed], console: Console) -> None:
    """Print a line per run; the reason why one has no verdict stands in its line.

    The directory comes first and whole, so that it can be copied from a narrow terminal.
    """
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for name in ("directory", "verdict", "stages", "started"):
        table.add_column(name, no_wrap=True)
    for run in runs:
        verdict = (
            Text(cut(run.problem, 80))
            if run.outcome is None
            else outcome_text(run.outcome, console, run.rollback)
        )
        passed = f"{run.passed} of {run.stages}" if run.stages else ""
        table.add_row(Text(cut(run.path.name, 100)), verdict, passed, run.started)
    # The terminal itself wraps what is too long, and copies it whole.
    console.width = UNWRAPPED
    console.print(table)
