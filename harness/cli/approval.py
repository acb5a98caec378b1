"""The verbs of a person who has the last word on a run that goes on."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import click

from harness.cli.echo import echo
from harness.cli.section import RUN, Section
from harness.rollout.exit_code import ExitCode

APPROVAL = Section("Decide about a run")
_BY = click.option("--by", required=True, metavar="NAME", help="Who decides; it is recorded.")
_REASON = click.option("--reason", required=True, metavar="TEXT", help="Why; it is recorded.")


def _deciding(does: Callable[..., object]) -> click.Command:
    return APPROVAL.verb()(RUN(_BY(_REASON(does))))


@_deciding
def approve(run: Path, by: str, reason: str) -> NoReturn:
    """Let a run that waits for a person go on with its next stage.

    The verdict stays what the evidence says: an inconclusive stage that is approved is no pass.

    \b
    harness approve reports/latest --by Ada --reason "the dashboards look good"
    """  # noqa: D301
    _decide("approve", run, by, reason)


@_deciding
def reject(run: Path, by: str, reason: str) -> NoReturn:
    """Have a run that waits or is under load roll back; it ends with exit code 10.

    \b
    harness reject reports/latest --by Ada --reason "support has complaints"
    """  # noqa: D301
    _decide("reject", run, by, reason)


@_deciding
def extend(run: Path, by: str, reason: str) -> NoReturn:
    """Have a run that waits measure its stage for as long again, at most twice.

    \b
    harness extend reports/latest --by Ada --reason "the morning peak is missing"
    """  # noqa: D301
    _decide("extend", run, by, reason)


@_deciding
def hold(run: Path, by: str, reason: str) -> NoReturn:
    """Have a run wait for a person at the end of its stage, or wait as long again.

    \b
    harness hold reports/latest --by Ada --reason "an incident elsewhere"
    """  # noqa: D301
    _decide("hold", run, by, reason)


def _decide(word: str, run: Path, by: str, reason: str) -> NoReturn:
    from harness.app.verbs.decide import NotTakenUp, decide
    from harness.record.events.approval import Decision, Via
    from harness.record.run_directory import RunDirectory

    try:
        echo(decide(RunDirectory.open(run), Decision(word), by, reason, Via.CLI))
    except NotTakenUp as error:
        echo(f"error: {error}", err=True)
        sys.exit(ExitCode.INVALID)
    sys.exit(ExitCode.PASS)
