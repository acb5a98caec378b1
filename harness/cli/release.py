"""The verbs around a release: `preflight`, `monitor`, `golive`, `rollback`."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from harness.app.golive import SIGN_OFF, Item, declaration_of, rehearsal_of
from harness.app.monitor import monitor_service
from harness.app.preflight import machine_items, signed_items
from harness.app.rollback import roll_back
from harness.live.monitor.session import MonitorSession
from harness.plan.loader import load_plan
from harness.plan.model import Plan
from harness.record.run_directory import RunDirectory
from harness.record.run_info import run_info
from harness.rollout.event_log import EventLog
from harness.rollout.exit_code import ExitCode

_ROOT = Path("reports")
_PLAN_FILE = Path("loadtests/plans/production.yaml")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print the lines as JSON; asks for nothing.")


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
def rollback(run: Path) -> None:
    """Give all traffic back to the baseline, from what RUN says about its router and commands.

    Exit code 0 when the baseline alone serves again, 10 when something went wrong.

    \b
    harness rollback reports/latest
    """  # noqa: D301
    directory = RunDirectory.open(run)
    problems = roll_back(directory)
    for problem in problems:
        click.echo(f"error: {problem}", err=True)
    if problems:
        sys.exit(ExitCode.FAIL)
    click.echo("rolled back: the baseline alone serves")


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--sign", "names", multiple=True, metavar="NAME", help="Sign for the team; repeatable.")
@_JSON
def golive(run: Path, names: tuple[str, ...], as_json: bool) -> None:
    """Print the go-live declaration of RUN, or what is missing (exit 10).

    \b
    harness golive reports/latest --sign Grace
    """  # noqa: D301
    directory = RunDirectory.open(run)
    for name in names:
        _sign(directory, SIGN_OFF, _person(name))
    items = declaration_of(directory)
    declared = all(item.met for item in items)
    rehearsal = rehearsal_of(directory)
    if as_json:
        _print_json(items, service=directory.plan.service, live=declared, rehearsal=rehearsal)
    else:
        _print_items(items)
        suffix = f" ({rehearsal})" if rehearsal else ""
        click.echo(f"{directory.plan.service} is {'live' if declared else 'not live'}{suffix}")
    sys.exit(ExitCode.PASS if declared else ExitCode.FAIL)


@click.command()
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--baseline", type=click.Path(path_type=Path), help="The run that is the locked baseline.")
@click.option("--sign", "signs", multiple=True, metavar="WHAT=NAME", help="Who signs what; repeatable.")
@_JSON
def preflight(plan: Path, baseline: Path | None, signs: tuple[str, ...], as_json: bool) -> None:
    """Go through the checklist before a release: what a machine can check, and who signs the rest.

    The answers are kept in a run directory. Exit code 0 when every line is met, 10 when not.

    \b
    harness preflight loadtests/plans/production.yaml --baseline reports/latest --sign "team trained=Ada"
    """  # noqa: D301
    loaded = load_plan(plan)
    signatures = dict(_signature(sign) for sign in signs)
    directory = _new_run(loaded, plan, "preflight")
    signed = list(signed_items(signatures, _nobody if as_json else _ask_name))
    for item in signed:
        if item.met:
            _sign(directory, item.what, item.reason.removeprefix("signed by "))
    log = EventLog.resume(directory)
    items = [*machine_items(loaded, baseline, _ROOT), *signed]
    for item in items:
        log("preflight_checked", check=item.what, ok=item.met, reason=item.reason)
    ready = all(item.met for item in items)
    if as_json:
        _print_json(items, service=loaded.service, ready=ready, run=str(directory.path))
    else:
        _print_items(items)
        click.echo(f"{'ready' if ready else 'not ready'}; kept in {directory.path}")
    sys.exit(ExitCode.PASS if ready else ExitCode.FAIL)


@click.command()
@click.option("--plan", "plan_file", type=click.Path(path_type=Path), default=_PLAN_FILE, show_default=True)
@click.option("--url", help="Service to watch; default: the plan's canary or router, or localhost:8080.")
@click.option(
    "--duration",
    type=click.FloatRange(min=0, min_open=True),
    default=15.0,
    show_default=True,
    help="Minutes.",
)
@click.option("--interval", type=click.FloatRange(min=0.1), default=10.0, show_default=True, help="Seconds.")
@click.option("--path", help="Ask this path too, for example /api/tasks; it must answer well and in time.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object an interval.")
@click.option("--rollback", "rolls_back", is_flag=True, help="Run the plan's rollback when a trigger fires.")
def monitor(
    plan_file: Path,
    url: str | None,
    duration: float,
    interval: float,
    path: str | None,
    as_json: bool,
    rolls_back: bool,
) -> None:
    """Watch a service without sending load: health, system metrics and alerts against levels and triggers.

    Exit code 0 when no critical level was reached, 10 when one was or a trigger fired, 12 when a trigger
    fired and the rollback succeeded.

    \b
    harness monitor --duration 15 --interval 10
    """  # noqa: D301
    plan = load_plan(plan_file)
    if plan.probes is None:
        raise click.UsageError(f"{plan_file} has no `probes`, so there is nothing to watch")
    directory = _new_run(plan, plan_file, "monitor")
    console = Console(highlight=False)
    session = MonitorSession(
        directory, lambda text, style: console.print(Text(text, style), soft_wrap=True), as_json=as_json
    )
    rounds = max(1, round(duration * 60 / interval))
    watching = monitor_service(
        session, plan, plan.probes, url=url, path=path, interval_s=interval, rounds=rounds
    )
    try:
        asyncio.run(watching)
    except KeyboardInterrupt:
        click.echo("stopped", err=True)
        sys.exit(ExitCode.INTERRUPTED)
    code = ExitCode.FAIL if session.has_failed else ExitCode.PASS
    if session.trigger is not None and rolls_back:
        problems = roll_back(directory)
        for problem in problems:
            click.echo(f"error: {problem}", err=True)
        code = ExitCode.FAIL if problems else ExitCode.ROLLED_BACK
    if not as_json:
        click.echo(f"{session.summary}; kept in {directory.path}")
    sys.exit(code)


def _new_run(plan: Plan, plan_file: Path, what: str) -> RunDirectory:
    name = f"{plan_file.stem}-{what}"
    text = plan_file.read_text(encoding="utf-8-sig")
    return RunDirectory.create(_ROOT, name, text, run_info(plan, name, time.time()))


def _sign(directory: RunDirectory, what: str, name: str) -> None:
    EventLog.resume(directory)("signed", what=what, name=name)


def _signature(sign: str) -> tuple[str, str]:
    what, found, name = sign.partition("=")
    if not found or not what.strip():
        raise click.UsageError(f"--sign {sign}: write WHAT=NAME")
    return what.strip().lower(), _person(name)


def _person(name: str) -> str:
    name = name.strip()
    if not name or len(name) > 100 or not name.isprintable():
        raise click.UsageError("--sign: write a name of at most 100 printable characters")
    return name


def _nobody(_: str) -> str:
    return ""


def _ask_name(what: str) -> str:
    if not sys.stdin.isatty():
        return ""
    return str(click.prompt(f"{what}: who signs (empty: nobody)", default="", show_default=False)).strip()[
        :100
    ]


def _print_json(items: Iterable[Item], **fields: object) -> None:
    lines = [{"what": item.what, "met": item.met, "reason": item.reason} for item in items]
    click.echo(json.dumps({**fields, "items": lines}, indent=1, ensure_ascii=False))


def _print_items(items: Iterable[Item]) -> None:
    console = Console(highlight=False)
    for item in items:
        sign, style = ("✓", "green") if item.met else ("✗", "red")
        console.print(Text.assemble((f"{sign} ", style), f"{item.what}: {item.reason}"), soft_wrap=True)
