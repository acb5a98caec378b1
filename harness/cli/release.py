"""The verbs before and after a release: its checklists and its statement."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from harness.cli.echo import can_ask, echo, echo_json
from harness.cli.section import (
    FILE,
    PATH,
    PLAN,
    RUN,
    RUNS,
    Section,
    ended,
    overridable,
    signing,
)
from harness.rollout.exit_code import ExitCode

if TYPE_CHECKING:
    from harness.app.attest.signer import Signer
    from harness.app.verbs.checklist import ChecklistItem
    from harness.plan.overrides.values import Overrides

RELEASE = Section("Release")
_SIGNS = {True: ("✓", "green"), False: ("✗", "red"), None: ("?", "yellow")}
_JSON = click.option("--json", "as_json", is_flag=True, help="Print the lines as JSON and ask nothing.")


@RELEASE.verb()
@PLAN
@overridable("baseline")
@RUNS
@click.option("--baseline", type=PATH, help="The run that is the locked baseline.")
@click.option("--sign", "signs", multiple=True, metavar="WHAT=NAME", help="Who signs what; repeatable.")
@_JSON
def preflight(
    plan: Path,
    overrides: Overrides,
    root: Path,
    baseline: Path | None,
    signs: tuple[str, ...],
    as_json: bool,
) -> NoReturn:
    """Go through the checklist before a release: what a machine can check, and who signs the rest.

    The answers are kept in a run directory. Exit code 0 when no line is unmet, 10 when one is. A line that
    nobody can check has a question mark, and is for people to look at.

    \b
    harness preflight loadtests/plans/production.yaml --baseline reports/latest --sign "team trained=Ada"
    """  # noqa: D301
    from harness.app.verbs.preflight import go_through, read_signature
    from harness.plan.loader import read_plan_file

    signatures = dict(read_signature(sign) for sign in signs)
    read = read_plan_file(plan, overrides=overrides)
    checked = go_through(read, baseline, signatures, _nobody if as_json else _ask_name, root)
    if as_json:
        service, path = checked.run.plan.service, str(checked.run.path)
        _print_json(checked.items, service=service, ready=checked.is_ready, run=path)
    else:
        _print_items(checked.items)
        unchecked = f", {checked.unchecked} not checked" if checked.unchecked else ""
        echo(f"{'ready' if checked.is_ready else 'not ready'}{unchecked}; kept in {checked.run.path}")
    sys.exit(ExitCode.PASS if checked.is_ready else ExitCode.FAIL)


@RELEASE.verb()
@RUN
@click.option("--sign", "names", multiple=True, metavar="NAME", help="Sign for the team; repeatable.")
@signing
@_JSON
def golive(run: Path, names: tuple[str, ...], signer: Signer | None, as_json: bool) -> NoReturn:
    """Print the go-live declaration of RUN, or what is missing (exit 10).

    A rehearsal, a run with --time-scale, is never live: when it meets every criterion, the exit code is 11.

    \b
    harness golive reports/latest --sign Grace
    """  # noqa: D301
    from harness.app.verbs.golive import declare
    from harness.record.run_directory import RunDirectory

    directory = RunDirectory.open(ended(run))
    found, service = declare(directory, names), directory.plan.service
    if signer is not None:
        from harness.app.attest.verify import attest
        from harness.app.judging import write_verdict

        write_verdict(directory)
        echo(f"wrote {attest(directory, signer)}", err=as_json)
    if as_json:
        _print_json(found.items, service=service, live=found.is_live, rehearsal=found.rehearsal)
    else:
        _print_items(found.items)
        suffix = f" ({found.rehearsal})" if found.rehearsal else ""
        echo(f"{service} is {'live' if found.is_live else 'not live'}{suffix}")
    if found.is_live:
        sys.exit(ExitCode.PASS)
    sys.exit(ExitCode.INCONCLUSIVE if found.is_met else ExitCode.FAIL)


@RELEASE.verb()
@RUN
@click.option(
    "--allowed-signers", "allowed", type=FILE, help="Whose SSH keys may sign, as ssh-keygen reads it."
)
@click.option("--cosign-key", metavar="KEY", help="The public key of a signature that cosign made.")
def verify(run: Path, allowed: Path | None, cosign_key: str | None) -> NoReturn:
    """Check the signed statement of RUN: who signed it, and that no file was changed since.

    Ends with the exit code of the verdict that the statement vouches for, and with 13 when it does not hold.

    \b
    harness verify reports/latest --allowed-signers allowed_signers
    """  # noqa: D301
    from harness.app.attest.signer import checker_of_options
    from harness.app.attest.verify import Refused
    from harness.app.attest.verify import verify as check
    from harness.record.run_directory import RunDirectory
    from harness.report.headline import headline_of

    checker, directory = checker_of_options(allowed, cosign_key), RunDirectory.open(run)
    try:
        found = check(directory, checker)
    except Refused as error:
        echo(f"refused: {error}", err=True)
        sys.exit(ExitCode.INVALID)
    echo(f"verified: {headline_of(found.verdict)}; signed by {found.signer}, {found.files} digests are right")
    sys.exit(ExitCode.of_run(directory, found.verdict.outcome))


def _nobody(_: str) -> str:
    return ""


def _ask_name(what: str) -> str:
    if not can_ask():
        return ""
    return str(click.prompt(f"{what}: who signs (empty: nobody)", default="", show_default=False)).strip()


def _print_json(items: Iterable[ChecklistItem], **fields: object) -> None:
    lines = [{"what": item.what, "met": item.met, "reason": item.reason} for item in items]
    echo_json(json.dumps({**fields, "items": lines}, indent=1, ensure_ascii=False))


def _print_items(items: Iterable[ChecklistItem]) -> None:
    from rich.text import Text

    from harness.report.text.screen import screen

    console = screen()
    for item in items:
        sign, style = _SIGNS[item.met]
        console.print(Text.assemble((f"{sign} ", style), f"{item.what}: {item.reason}"), soft_wrap=True)
