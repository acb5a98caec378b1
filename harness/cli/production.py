"""The verbs for a service in production, beside any run."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from harness.cli.default_plan import plan_or_default
from harness.cli.echo import can_ask, echo
from harness.cli.section import PATH, RUN, RUNS, Section, overridable
from harness.process.standard_streams import native_thread, use_unfailing_streams
from harness.rollout.exit_code import ExitCode

if TYPE_CHECKING:
    from harness.plan.overrides.values import Overrides

PRODUCTION = Section("In production")
_PLAN_FILE = Path("loadtests/plans/production.yaml")


@PRODUCTION.verb()
@click.argument("plan", type=PATH, required=False)
@click.option("--plan", "plan_option", type=PATH, help="The same as PLAN.")
@overridable()
@RUNS
@click.option("--url", help="Service to watch; default: the plan's canary or router, or localhost:8080.")
@click.option(
    "--duration",
    type=click.FloatRange(min=0, min_open=True),
    default=15.0,
    show_default=True,
    help="Minutes.",
)
@click.option(
    "--interval",
    "interval_s",
    type=click.FloatRange(min=0.1),
    default=10.0,
    show_default=True,
    help="Seconds.",
)
@click.option("--path", help="Also request this path, such as /api/tasks; it must succeed, and in time.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per interval.")
@click.option("--rollback", "rolls_back", is_flag=True, help="Run the plan's rollback when a trigger fires.")
def monitor(
    plan: Path | None,
    plan_option: Path | None,
    overrides: Overrides,
    duration: float,
    as_json: bool,
    **watched: Any,
) -> NoReturn:
    """Watch a service without sending load: health, system metrics and alerts against levels and triggers.

    PLAN is loadtests/plans/production.yaml, or that of `locust.conf`, unless given.

    Exit code 0 when no critical level lasted, 10 when one did, the service was down or a trigger fired,
    11 when something that has a limit could not be seen or was often critical without lasting, 12 when a
    trigger fired and the rollback succeeded. One check stands for no percentile and no outage: what checks
    say lasts at three looks in a row, or at each of fewer, what a gauge or an alert says at one. A look at
    which the monitor was late itself counts for nothing.

    \b
    harness monitor --duration 15 --interval 10
    """  # noqa: D301
    from rich.text import Text

    from harness.app.verbs.monitor import MonitorRequest
    from harness.app.verbs.monitor import monitor as watch
    from harness.plan.loader import read_plan_file
    from harness.report.text.screen import screen

    if plan and plan_option:
        raise click.UsageError("the plan is given twice; leave out --plan")
    use_unfailing_streams(native_thread())
    console = screen()

    def show(text: str, style: str) -> None:
        console.print(Text(text, style), soft_wrap=True)

    file = plan or plan_option or (_PLAN_FILE if _PLAN_FILE.exists() else plan_or_default(None))
    read = read_plan_file(file, overrides=overrides)
    request = MonitorRequest(read, duration_s=duration * 60, **watched)
    seen = watch(request, show, as_json=as_json)
    _print_problems(seen.problems)
    if not as_json:
        echo(seen.summary)
    sys.exit(seen.code)


@PRODUCTION.verb()
@RUN
@click.option("--yes", is_flag=True, help="Do it without asking.")
def rollback(run: Path, yes: bool) -> NoReturn:
    """Give all traffic back to the baseline, from what RUN says about its router and commands.

    Shows the commands first, for a run directory may come from anybody, and asks; where there is no terminal
    to ask, --yes is needed (exit 2).

    Exit code 0 when only the baseline serves again, 10 when something went wrong.

    \b
    harness rollback reports/latest
    """  # noqa: D301
    from harness.app.verbs.rollback import roll_back, steps_of
    from harness.record.files.run_lock import is_held
    from harness.record.run_directory import RunDirectory

    directory = RunDirectory.open(run)
    if is_held(run):
        echo(
            f"{run} is still running and may set a weight again; `harness reject` ends it and rolls back",
            err=True,
        )
    _confirm(list(steps_of(directory)), yes)
    problems = roll_back(directory)
    _print_problems(problems)
    if not problems:
        echo("rolled back: only the baseline serves traffic")
    sys.exit(ExitCode.FAIL if problems else ExitCode.PASS)


def _confirm(steps: Sequence[str], yes: bool) -> None:
    """Show what will be done and ask; UsageError where nobody can be asked."""
    for step in steps:
        echo(f"rollback: {step}", err=True)
    if yes or not steps:
        return
    if not can_ask():
        raise click.UsageError("there is no terminal to ask on; read the steps above and add --yes")
    click.confirm("do this", abort=True, err=True)


def _print_problems(problems: Iterable[str]) -> None:
    for problem in problems:
        echo(f"error: {problem}", err=True)
