"""A section of `harness --help`: verbs that go together, in one file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

PATH = click.Path(path_type=Path)
FILE = click.Path(path_type=Path, dir_okay=False)
PLAN = click.argument("plan", type=PATH)
RUN = click.argument("run", type=PATH)
STAGES = click.option("--stage", "stages", multiple=True, metavar="NAME", help="Only this stage; repeatable.")
TIME_SCALE = click.option(
    "--time-scale", type=click.FloatRange(min=0, min_open=True), default=1.0, help="Divide every duration."
)


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
