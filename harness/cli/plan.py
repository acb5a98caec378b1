"""The verbs that help to write a plan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.echo import echo, echo_json
from harness.cli.section import FILE, PLAN, STAGES, TIME_SCALE, Section, overridable

if TYPE_CHECKING:
    from harness.plan.overrides.values import Overrides

WRITE = Section("Write a plan")


@WRITE.verb()
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False), default=".")
def init(directory: Path) -> None:
    """Write a plan, a user and a locust.conf to start from; replaces nothing.

    \b
    harness init my-release
    """  # noqa: D301
    from harness.starter import write_starter

    for path in write_starter(directory):
        echo(path)


@WRITE.verb()
@PLAN
@STAGES
@TIME_SCALE
@overridable()
@click.option("--calibration", type=FILE, help="Noise measured by `harness calibrate --json`.")
def check(
    plan: Path, stages: tuple[str, ...], time_scale: float, overrides: Overrides, calibration: Path | None
) -> None:
    """Validate PLAN and print its stages, and what each of them can tell.

    Every problem is listed as file:line (exit 2). So is every criterion that cannot pass and every trigger
    that can never fire, with the reason and what to write instead. The smallest changes are those that fail
    in 95 of 100 stages, by default with the noise of a typical service.

    \b
    harness check loadtests/plans/quick.yaml
    """  # noqa: D301
    from harness.app.verbs.calibration import noise_of
    from harness.plan.loader import read_plan_file
    from harness.report.text.plan_table import print_plan
    from harness.report.text.screen import screen

    noise = noise_of(calibration)
    print_plan(read_plan_file(plan, stages, time_scale, overrides), screen(), noise)


@WRITE.verb()
def schema() -> None:
    """Print the JSON Schema of plan files, for editors.

    \b
    harness schema > plan.schema.json
    """  # noqa: D301
    import json

    from harness.plan.schema import json_schema

    echo_json(json.dumps(json_schema(), indent=2, ensure_ascii=False))
