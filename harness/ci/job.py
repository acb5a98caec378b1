"""One stage as a pipeline job: runs it, shows it where the pipeline expects it, returns the exit code."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from harness.app.attest.signer import Signer
from harness.app.attest.verify import STATEMENT, attest
from harness.ci import github
from harness.ci.load_process import run_command, run_load
from harness.ci.run_result import RunResult
from harness.plan.loader import PlanError, read_plan_file
from harness.plan.overrides.values import Overrides
from harness.process.view_guard import ViewGuard
from harness.record.files.replace import replace_text
from harness.record.runs import RUNS_ROOT
from harness.report.data.stage_span import stage_spans
from harness.report.released import release_of
from harness.report.text.junit import junit
from harness.report.text.markdown import summary
from harness.rollout.exit_code import ExitCode

Echo = Callable[[str], object]
_SIGNS_WITHIN_S = 120.0


@dataclass(frozen=True)
class Job:
    """What the pipeline asks for; `junit` and `summary` are paths for copies of the two files."""

    plan: Path
    stage: str
    time_scale: float = 1.0
    options: Sequence[str] = ()
    junit: Path | None = None
    summary: Path | None = None
    overrides: Overrides | None = None
    root: Path = RUNS_ROOT
    signer: Signer | None = None


def run_job(job: Job, environment: Mapping[str, str], echo: Echo) -> ExitCode:
    """Run the job; `environment` is the pipeline's. Raises PlanError for a bad plan, after showing it."""
    on_github = environment.get("GITHUB_ACTIONS") == "true"
    workspace = environment.get("GITHUB_WORKSPACE")
    try:
        read = read_plan_file(job.plan, [job.stage], job.time_scale, job.overrides)
    except PlanError as error:
        placed = [replace(one, file=github.in_checkout(one.file, workspace)) for one in error.problems]
        for line in github.of_problems(placed) if on_github else ():
            echo(line)
        raise
    with _quiet(on_github, echo):
        result = run_load(run_command(read, [job.stage], job.time_scale, job.options, job.root))
    plan = github.in_checkout(str(job.plan), workspace)
    for line in github.of_verdict(result.verdict, plan, read.lines) if on_github else ():
        echo(line)
    if on_github and (outputs := environment.get("GITHUB_OUTPUT")):
        ViewGuard().call("the outputs of the step", _append, Path(outputs), github.outputs_of(result))
    with _quiet(on_github, echo):
        _deliver(job, result, read.plan.service, environment.get("GITHUB_STEP_SUMMARY"), echo)
    return result.code


def _quiet(on_github: bool, echo: Echo) -> AbstractContextManager[None]:
    """Return a context in which nothing that is printed is a command to the runner."""
    return github.no_commands(echo, secrets.token_hex(16)) if on_github else nullcontext()


def _deliver(job: Job, result: RunResult, service: str, step_summary: str | None, echo: Echo) -> None:
    views = ViewGuard()
    release = release_of(result.run.run) if result.run else {}
    page = summary(result.verdict, job.plan.stem, service, release)
    if step_summary:
        views.call("the step summary", _append, Path(step_summary), f"{page}\n")
    spans = stage_spans(result.run.run["epoch_s"], result.run.events().records) if result.run else {}
    tests = junit(result.verdict, job.plan.stem, release, spans, str(job.plan))
    copies = {job.junit: tests, job.summary: page}
    for path, text in copies.items():
        if path is not None and views.call(f"the copy {path}", _replace, path, text):
            echo(f"wrote {path}")
    if result.run is None:
        echo(f"{result.verdict.outcome}: {result.verdict.reason}")
        return
    if job.signer is not None:
        views.call("the signed statement", attest, result.run, job.signer, within_s=_SIGNS_WITHIN_S)
    for name in ("report.html", "junit.xml", "summary.md", STATEMENT):
        if (result.run.path / name).is_file():
            echo(f"wrote {result.run.path / name}")


def _append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not path.is_file():
        # `/dev/stdout`, a pipe: what is no file is written to, never replaced by one.
        path.write_text(text, encoding="utf-8")
    else:
        replace_text(path, text)
