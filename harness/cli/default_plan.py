"""The plan of a verb that names none: that of the environment or of `locust.conf`, as for `locust` itself."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import click

from harness.app.users.locust_conf import value_of

_VARIABLE = "HARNESS_PLAN"


def plan_or_default(given: Path | None) -> Path:
    """Return the plan that was named, or the default one; raises UsageError where there is none."""
    if given is not None:
        return given
    if named := os.environ.get(_VARIABLE) or value_of("plan"):
        return Path(named)
    raise click.UsageError("no plan; name one, or write `plan = FILE` into locust.conf")


def plan_and_options(arguments: Sequence[str]) -> tuple[Path, tuple[str, ...]]:
    """Split `[PLAN] [OPTION…]`: an argument that begins with a dash is an option."""
    if arguments and not arguments[0].startswith("-"):
        return Path(arguments[0]), tuple(arguments[1:])
    return plan_or_default(None), tuple(arguments)
