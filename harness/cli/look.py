"""The verbs that look at runs which have ended."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

import click

from harness.cli.echo import echo, echo_json
from harness.cli.section import FILE, PATH, RUN, RUNS, SO_FAR, Section, ended
from harness.record.runs import RUNS_ROOT, RUNS_VARIABLE
from harness.rollout.exit_code import ExitCode

LOOK = Section("Look at runs")


@LOOK.verb()
@click.argument("root", type=PATH, default=RUNS_ROOT, envvar=RUNS_VARIABLE)
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
def runs(root: Path, as_json: bool) -> None:
    """List the runs in ROOT (reports), the newest first.

    \b
    harness runs --json
    """  # noqa: D301
    from harness.report.across_runs.runs import list_runs, print_runs, runs_as_json
    from harness.report.text.screen import screen

    found = list_runs(root)
    if as_json:
        echo_json(runs_as_json(found))
    elif found:
        print_runs(found, screen())
    else:
        echo(f"no runs in {root} yet; `harness run PLAN` makes one", err=True)


@LOOK.verb()
@RUN
@click.option(
    "--plan", "other", type=FILE, help="Judge by the limits of another plan whose stages are alike."
)
@click.option("--lock", type=FILE, help="Also compare the baseline with one locked by `harness lock`.")
@SO_FAR
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON.")
def judge(run: Path, other: Path | None, lock: Path | None, so_far: bool, as_json: bool) -> NoReturn:
    """Judge RUN again from its files, and exit with the verdict's code.

    Without --plan and --lock the same bytes of verdict.json are written again; with one nothing is written.
    A plan of other stages, weights or rates, and a baseline locked under other load, are refused (exit 2),
    as is a run that still goes on; with --so-far it is judged as if it had ended now, nothing is written, and
    what is said last is where the run stands.

    \b
    harness judge reports/latest
    harness judge reports/latest --json > verdict.json
    """  # noqa: D301
    from harness.app.judging import judge_directory, write_verdict
    from harness.app.verbs.other_limits import judge_by_other_limits
    from harness.judge.codec import to_json
    from harness.record.run_directory import RunDirectory
    from harness.report.standing import standing_of
    from harness.report.text.screen import screen
    from harness.report.text.terminal import print_verdict

    directory = RunDirectory.open(ended(run, so_far=so_far))
    if other or lock:
        verdict = judge_by_other_limits(directory, other, lock)
    elif so_far:
        verdict = judge_directory(directory)
    else:
        verdict = write_verdict(directory)
    if as_json:
        echo_json(to_json(verdict), nl=False)
    else:
        print_verdict(verdict, screen(), standing_of(directory) if so_far else None)
    sys.exit(ExitCode.of_run(directory, verdict.outcome))


@LOOK.verb()
@RUN
@SO_FAR
def report(run: Path, so_far: bool) -> None:
    """Write report.html, summary.md and junit.xml of RUN.

    Of a run that still goes on, with --so-far, the first two say where it stands; it has no outcome yet.

    \b
    harness report reports/latest
    """  # noqa: D301
    from harness.record.run_directory import RunDirectory
    from harness.report import write_report

    for path in write_report(RunDirectory.open(ended(run, so_far=so_far))):
        echo(path)


@LOOK.verb()
@click.argument("run", nargs=-1, required=True, type=PATH)
@RUNS
@click.option(
    "-o", "--out", type=FILE, help="Where to write the page; default: compare.html beside the runs."
)
@click.option("--force", is_flag=True, help="Compare unlike runs too; the page says how they differ.")
def compare(run: tuple[Path, ...], root: Path, out: Path | None, force: bool) -> None:
    """Write a page that shows several RUNs side by side.

    A RUN that is not a path from here is looked for among the runs.

    \b
    harness compare reports/*-production -o compare.html
    """  # noqa: D301
    from harness.record.run_directory import RunDirectory
    from harness.report.across_runs.compare import write_comparison

    paths = [ended(path if path.exists() else root / path) for path in run]
    echo(
        write_comparison(
            [RunDirectory.open(path) for path in paths], out or root / "compare.html", force=force
        )
    )


@LOOK.verb()
@RUN
@click.option(
    "-o",
    "--out",
    type=FILE,
    default=Path("performance-baseline.json"),
    show_default=True,
    help="Where to write the locked baseline.",
)
def lock(run: Path, out: Path) -> None:
    """Lock the performance of RUN's baseline, for `harness judge LATER --lock FILE`.

    A run that cannot be trusted, or had no baseline beside the canary, is refused (exit 2).

    \b
    harness lock reports/latest
    """  # noqa: D301
    from harness.app.verbs.other_limits import write_lock
    from harness.record.run_directory import RunDirectory

    locked = write_lock(RunDirectory.open(ended(run)), out)
    echo(f"{out}: {len(locked.stages)} stages of {locked.service}")


@LOOK.verb()
@click.argument("runs", nargs=-1, required=True, type=PATH, metavar="RUN [RUN…]")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON, for `check --calibration`.")
def calibrate(runs: tuple[Path, ...], as_json: bool) -> None:
    """Measure the noise in RUNs of one version against itself.

    Says how far the errors the judge computes are right, and how much runs differ beyond them; proposes a
    block length, the change that stages as long as these can see, and how long a stage must be. Take ten
    runs or more.

    \b
    harness calibrate reports/*-same --json > noise.json
    """  # noqa: D301
    from harness.app.verbs.calibration import calibrate_runs, to_json
    from harness.record.run_directory import RunDirectory
    from harness.report.text.calibration_table import print_calibration
    from harness.report.text.screen import screen

    found = calibrate_runs([RunDirectory.open(ended(run)) for run in runs])
    if as_json:
        echo_json(to_json(found))
    else:
        print_calibration(found, screen())
