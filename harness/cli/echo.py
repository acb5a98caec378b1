"""Prints what a verb has to say, the only place of the command line that does, and knows who can answer."""

from __future__ import annotations

import sys

import click


def echo(text: object, *, err: bool = False) -> None:
    """Print a text, which may have come from anybody."""
    from harness.report.text.printable import printable_text

    click.echo(printable_text(text), err=err)


def echo_json(text: str, *, nl: bool = True) -> None:
    """Print a JSON document."""
    from harness.report.text.printable import printable_json

    click.echo(printable_json(text), nl=nl)


def can_ask() -> bool:
    """Whether there is a terminal to ask on."""
    return sys.stdin.isatty()
