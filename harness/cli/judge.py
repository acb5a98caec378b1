"""The verbs that judge: a run again, a run by other limits, and a run against a locked baseline."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click
from rich.console import Console

from harness.rollout.exit_code import ExitCode

if TYPE_CHECKING:
    from harness.judge.across_runs.lock import Lock
    from harness.plan.model import Plan
    from harness.record.run_directory import RunDirectory

_FILE = click.Path(path_type=Path, dir_okay=False)
_RUN = click.argument("run", type=click.Path(path_type=Path))
_MAX_LOCK_BYTES = 1 << 24


@click.command()
@_RUN
@click.option("--plan", "other", type=_FILE, help="Judge by the limits of another plan, with stages alike.")
@click.option("--lock", type=_FILE, help="Hold the baseline against one locked by `harness lock`, too.")
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON.")
def judge(run: Path, other: Path | None, lock: Path | None, as_json: bool) -> NoReturn:
    """Judge RUN again from its files, and exit with the verdict's code.

    Without --plan and --lock the same bytes of verdict.json are written again; with one nothing is written.
    A plan of other stages, weights or rates, and a baseline locked under other load, are refused (exit 2).

    \b
    harness judge reports/latest
    harness judge reports/latest --json > verdict.json
    """  # noqa: D301
    from harness.app.judging import write_verdict
    from harness.judge.across_runs.lock import judge_locked
    from harness.judge.codec import to_json
    from harness.judge.run import judge_run, with_findings
    from harness.record.ahead import read_ahead
    from harness.record.evidence import load_evidence
    from harness.record.run_directory import RunDirectory
    from harness.report.text.terminal import print_verdict

    directory = RunDirectory.open(run)
    if other is None and lock is None:
        verdict = write_verdict(directory)
    else:
        plan = _other_plan(directory, other) if other else None
        evidence = load_evidence(directory, plan, read=read_ahead)
        verdict = judge_run(evidence)
        if lock is not None:
            more = judge_locked(evidence, _lock(lock))
            verdict = with_findings(verdict, evidence, more)
    if as_json:
        click.echo(to_json(verdict), nl=False)
    else:
        print_verdict(verdict, Console())
    sys.exit(ExitCode.of_run(directory, verdict.outcome))


@click.command("lock")
@_RUN
@click.option(
    "-o",
    "--out",
    type=_FILE,
    default=Path("performance-baseline.json"),
    show_default=True,
    help="Where to write the locked baseline.",
)
def lock_run(run: Path, out: Path) -> None:
    """Lock the performance of RUN's baseline, for `harness judge LATER --lock FILE`.

    A run that cannot be trusted, or had no baseline beside the canary, is refused (exit 2).

    \b
    harness lock reports/latest
    """  # noqa: D301
    from harness.judge.across_runs.lock import lock_of
    from harness.judge.across_runs.lock_codec import lock_to_text
    from harness.record.ahead import read_ahead
    from harness.record.evidence import load_evidence
    from harness.record.replace import replace_text
    from harness.record.run_directory import RunDirectory

    lock = lock_of(load_evidence(RunDirectory.open(run), read=read_ahead))
    replace_text(out, lock_to_text(lock))
    click.echo(f"{out}: {len(lock.stages)} stages of {lock.service}")


@click.command()
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RUN [RUN…]")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON, for `check --calibration`.")
def calibrate(runs: tuple[Path, ...], as_json: bool) -> None:
    """Measure the noise in RUNs of one version against itself.

    Says how far the errors the judge computes are right, and how much runs differ beyond them; proposes a
    block length, the change that stages as long as these can see, and how long a stage must be. Take ten
    runs or more.

    \b
    harness calibrate reports/*-same --json > noise.json
    """  # noqa: D301
    from dataclasses import asdict

    from harness.judge.across_runs.calibration import calibrate as measured
    from harness.record.ahead import read_ahead
    from harness.record.evidence import load_evidence
    from harness.record.run_directory import RunDirectory
    from harness.report.text.calibration_table import print_calibration

    directories = [RunDirectory.open(run) for run in runs]
    found = measured({each.path.name: load_evidence(each, read=read_ahead) for each in directories})
    if as_json:
        figures = {key: None if value == math.inf else value for key, value in asdict(found).items()}
        click.echo(json.dumps(figures, indent=1, sort_keys=True, allow_nan=False))
    else:
        print_calibration(found, Console())


@click.command()
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--stage", "stages", multiple=True, metavar="NAME", help="Only this stage; repeatable.")
@click.option(
    "--time-scale", type=click.FloatRange(min=0, min_open=True), default=1.0, help="Divide every duration."
)
@click.option("--calibration", type=_FILE, help="Noise measured by `harness calibrate --json`.")
def check(plan: Path, stages: tuple[str, ...], time_scale: float, calibration: Path | None) -> None:
    """Validate PLAN and print its stages, and what each of them can tell.

    Every problem is listed as file:line (exit 2). So is every criterion that cannot pass and every trigger
    that can never fire, with the reason and what to write instead. The smallest changes are those that fail
    in 95 of 100 stages, by default with the noise of a typical service.

    \b
    harness check loadtests/plans/quick.yaml
    """  # noqa: D301
    from harness.judge.planning.sensitivity import TYPICAL, RatioNoise
    from harness.plan.loader import read_plan_file
    from harness.report.text.plan_table import print_plan

    noise = RatioNoise(_variance_s(calibration)) if calibration else TYPICAL
    print_plan(read_plan_file(plan, stages=stages, time_scale=time_scale), Console(), noise)


def _variance_s(path: Path) -> float:
    try:
        variance_s = json.loads(_text(path))["variance_s"]
    except (ValueError, KeyError, TypeError):
        variance_s = None
    if not isinstance(variance_s, float) or not 0 <= variance_s < math.inf:
        raise click.UsageError(f"{path}: holds no `variance_s`; write it with `harness calibrate --json`")
    return variance_s


def _other_plan(directory: RunDirectory, path: Path) -> Plan:
    """Load a plan the way the run's own was: its stages and its time scale."""
    from harness.judge.across_runs.comparability import (
        Conditions,
        IncomparableError,
        differences,
        windows_of,
    )
    from harness.plan.loader import load_plan

    selected, time_scale = directory.run.get("stages") or (), float(directory.run["time_scale"])
    other = load_plan(path, stages=tuple(selected), time_scale=time_scale)
    ran, wanted = Conditions("the run", windows_of(directory.plan)), Conditions(path.name, windows_of(other))
    if reasons := differences(ran, wanted):
        raise IncomparableError(f"this run cannot be judged by {path.name}", reasons)
    return other


def _lock(path: Path) -> Lock:
    from harness.judge.across_runs.lock import LockError
    from harness.judge.across_runs.lock_codec import lock_from_text

    try:
        return lock_from_text(_text(path))
    except LockError as error:
        raise LockError(f"{path}: {error}; write one with `harness lock RUN`") from None


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_LOCK_BYTES + 1)
    except OSError as error:
        raise click.UsageError(f"{path}: cannot be read: {error.strerror}") from None
    if len(data) > _MAX_LOCK_BYTES:
        raise click.UsageError(f"{path}: is too large for a locked baseline")
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise click.UsageError(f"{path}: is not UTF-8 text") from None


VERBS = (check, judge, lock_run, calibrate)
