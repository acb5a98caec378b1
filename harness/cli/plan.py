"""The verbs that help to write a plan."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.echo import echo, echo_json
from harness.cli.section import FILE, PLAN, STAGES, TIME_SCALE, Section, overridable
from harness.rollout.exit_code import ExitCode

if TYPE_CHECKING:
    from harness.plan.model import Plan
    from harness.plan.overrides.values import Overrides

WRITE = Section("Write a plan")


@WRITE.verb()
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option("--from-log", type=FILE, help="Make them from an access log, also .gz.")
@click.option(
    "--log-format",
    metavar="STRING",
    help="With --from-log: nginx's log_format, where it is not recognized.",
)
@click.option("--from-har", type=FILE, help="Make them from an HTTP archive that a browser saved.")
@click.option("--from-openapi", type=FILE, help="Make them from an OpenAPI description, version 3.")
@click.option(
    "--target", metavar="URL", help="With --from-…: send to this service; default: the embedded one."
)
def init(
    directory: Path,
    from_log: Path | None,
    log_format: str | None,
    from_har: Path | None,
    from_openapi: Path | None,
    target: str | None,
) -> None:
    """Write a plan, a user and a locust.conf to start from; replaces nothing.

    With --from-log the user sends the requests of the log in the same proportions, and the plan has the
    measured rate and limits a little above the measured figures. Requests whose bodies a log does not have
    are left out, and so is every DELETE.

    \b
    harness init my-release
    harness init shop --from-log access.log
    harness init pets --from-openapi petstore.yaml
    """  # noqa: D301
    given = [one for one in (from_log, from_har, from_openapi) if one is not None]
    if len(given) > 1:
        raise click.UsageError("--from-log, --from-har and --from-openapi exclude each other; give one")
    if target is not None and not given:
        raise click.UsageError("--target needs one of --from-log, --from-har and --from-openapi")
    if log_format is not None and from_log is None:
        raise click.UsageError("--log-format needs --from-log")
    if not given:
        from harness.starter import write_starter

        written = write_starter(directory)
    else:
        from harness.app.verbs.init import first_test

        written = first_test(directory, from_log, log_format, from_har, from_openapi, target)
    for path in written:
        echo(path)


@WRITE.verb()
@PLAN
@STAGES
@TIME_SCALE
@overridable()
@click.option("--calibration", type=FILE, help="Noise measured by `harness calibrate --json`.")
@click.option("--strict", is_flag=True, help="Exit 11 where a stage cannot pass.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def check(
    plan: Path,
    stages: tuple[str, ...],
    time_scale: float,
    overrides: Overrides,
    calibration: Path | None,
    strict: bool,
    as_json: bool,
) -> None:
    """Validate PLAN and print its stages, and what each of them can detect.

    Every problem is listed as file:line (exit 2). So is every criterion that cannot pass and every trigger
    that can never fire, with the reason and what to write instead, and every endpoint with criteria that no
    task sends to, as far as the users' source code shows; none of it is run. The smallest changes are those
    that fail in 95 of 100 stages, by default with the noise of a typical service.

    \b
    harness check loadtests/plans/quick.yaml
    harness check loadtests/plans/quick.yaml --strict
    """  # noqa: D301
    from harness.plan.loader import read_plan_file

    read = read_plan_file(plan, stages, time_scale, overrides)

    # Only now: a plan with mistakes need not wait for the judge.
    from harness.app.users.location import users_of
    from harness.app.verbs.calibration import noise_of
    from harness.app.verbs.check import check_plan
    from harness.report.text.plan_table import print_plan
    from harness.report.text.screen import screen

    replays = read.plan.load is not None and read.plan.load.replay is not None
    found = check_plan(read, noise_of(calibration), None if replays else users_of(plan))
    if as_json:
        echo_json(json.dumps(found.to_document(), indent=1, ensure_ascii=False))
    else:
        print_plan(read.plan, found.sensitivities, found.warnings, screen())
        _print_replay(read.plan)
    if strict and not found.can_pass:
        sys.exit(ExitCode.INCONCLUSIVE)


def _print_replay(plan: Plan) -> None:
    if plan.load is not None and (replay := plan.load.replay) is not None:
        from harness.observe.past.replayed_log import recorded_requests
        from harness.report.text.replay import replay_text

        echo(replay_text(recorded_requests(replay), replay))


@WRITE.verb()
def schema() -> None:
    """Print the JSON Schema of plan files, for editors.

    \b
    harness schema > plan.schema.json
    """  # noqa: D301
    from harness.plan.schema import json_schema

    echo_json(json.dumps(json_schema(), indent=2, ensure_ascii=False))
