"""Prints what a verb has to say; the only place of the command line that does."""

from __future__ import annotations

import click


def echo(text: object, err: bool = False) -> None:
    """Print a text, which may have come from anybody."""
    from harness.report.text.screen import screen_text

    click.echo(screen_text(text), err=err)


def echo_json(text: str, nl: bool = True) -> None:
    """Print a JSON document."""
    from harness.report.text.screen import screen_json

    click.echo(screen_json(text), nl=nl)
