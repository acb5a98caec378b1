"""A section of `harness --help`: verbs that go together, in one file."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from harness.cli.default_plan import plan_or_default
from harness.record.runs import RUNS_ROOT, RUNS_VARIABLE

AnyResult = TypeVar("AnyResult")

PATH = click.Path(path_type=Path)
FILE = click.Path(path_type=Path, dir_okay=False)
PLAN = click.argument("plan", type=PATH, required=False, callback=lambda _, __, given: plan_or_default(given))
RUN = click.argument("run", type=PATH)
STAGES = click.option("--stage", "stages", multiple=True, metavar="NAME", help="Only this stage; repeatable.")
TIME_SCALE = click.option(
    "--time-scale", type=click.FloatRange(min=0, min_open=True), default=1.0, help="Divide every duration."
)

RUNS = click.option(
    "--runs",
    "root",
    type=PATH,
    default=RUNS_ROOT,
    show_default=True,
    envvar=RUNS_VARIABLE,
    help="Where runs are kept; or set HARNESS_RUNS.",
)
_SHORTCUTS = {
    "baseline": ("URL", "Address of the baseline, for `--set targets.baseline=URL`."),
    "canary": ("URL", "Address of the canary."),
    "ingress": ("URL", "Address of the router."),
    "rate": ("RATE", "Arrival rate of every stage, such as 500/s."),
    "release": ("VERSION", "The version that is released."),
}


def signing(function: Callable[..., AnyResult]) -> Callable[..., AnyResult]:
    """Give a verb the options that name a key, as `signer`; None where the verdict is not to be signed."""

    @click.option(
        "--signing-key",
        type=FILE,
        metavar="FILE",
        help="Write an in-toto statement of the verdict, signed with this SSH key.",
    )
    @click.option(
        "--cosign-key",
        metavar="KEY",
        help="The same, signed by cosign: a key file, or the address of a key service.",
    )
    @functools.wraps(function)
    def verb(signing_key: Path | None, cosign_key: str | None, **options: Any) -> AnyResult:
        from harness.app.attest.signer import signer_of_options

        return function(signer=signer_of_options(signing_key, cosign_key), **options)

    return verb


def overridable(
    *without: str,
) -> Callable[[Callable[..., AnyResult]], Callable[..., AnyResult]]:
    """Give a verb the options that replace values of its plan, except those in `without`, as `overrides`."""
    names = [name for name in _SHORTCUTS if name not in without]

    def wrap(function: Callable[..., AnyResult]) -> Callable[..., AnyResult]:
        @functools.wraps(function)
        def verb(settings: tuple[str, ...], **options: Any) -> AnyResult:
            from harness.plan.overrides.values import Override, Overrides, shortcuts

            given = {name: options.pop(f"override_{name}") for name in names}
            overrides = Overrides((*shortcuts(**given), *map(Override.parse, settings)), os.environ)
            return function(overrides=overrides, **options)

        for name in reversed(names):
            metavar, text = _SHORTCUTS[name]
            verb = click.option(f"--{name}", f"override_{name}", metavar=metavar, help=text)(verb)
        many = "Replace a value of the plan; repeatable."
        return click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help=many)(verb)

    return wrap


def ended(directory: Path, *, so_far: bool = False) -> Path:
    """Return the directory of a run; UsageError for one that still goes on, unless asked `so_far`."""
    from harness.record.files.run_lock import is_held

    if not so_far and is_held(directory):
        raise click.UsageError(f"{directory} is still running; wait for its end")
    return directory


SO_FAR = click.option("--so-far", is_flag=True, help="Accept a run that is still going on, as far as it got.")


class Section:
    """Collects verbs in the order in which they are defined, which is the order of the help."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.verbs: list[click.Command] = []

    def verb(
        self, name: str | None = None, **settings: Any
    ) -> Callable[[Callable[..., object]], click.Command]:
        """Make a function a verb of this section; `settings` are those of `click.command`."""

        def add(function: Callable[..., object]) -> click.Command:
            command = click.command(name, click.Command, **settings)(function)
            self.verbs.append(command)
            return command

        return add
