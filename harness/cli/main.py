"""The `harness` command: verbs and exit codes, no logic."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any, NoReturn

import click
from rich.console import Console

from harness.cli.judge import VERBS as JUDGE_VERBS
from harness.rollout.exit_code import ExitCode

_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
_PLAN = click.argument("plan", type=click.Path(path_type=Path))
_RUN = click.argument("run", type=click.Path(path_type=Path))
_STAGES = click.option(
    "--stage", "stages", multiple=True, metavar="NAME", help="Only this stage; repeatable."
)
_SCALE = click.option(
    "--time-scale", type=click.FloatRange(min=0, min_open=True), default=1.0, help="Divide every duration."
)


_RELEASE_VERBS = ("golive", "monitor", "preflight", "rollback")
SECTIONS = {
    "Write a plan": ("init", "check", "schema"),
    "Run it": ("run", "gate", "serve", "demo"),
    "Look at runs": ("runs", "judge", "report", "compare", "lock", "calibrate"),
    "Release": ("preflight", "monitor", "golive", "rollback"),
}


class _Group(click.Group):
    """Turns errors a user can cause into one line and an exit code; loads release verbs when asked."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the verbs by what one does with them, each with its whole first sentence."""
        for section, names in SECTIONS.items():
            verbs = [(name, self.get_command(ctx, name)) for name in names]
            with formatter.section(section):
                formatter.write_dl([(name, verb.get_short_help_str(200)) for name, verb in verbs if verb])

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all verbs."""
        return sorted([*super().list_commands(ctx), *_RELEASE_VERBS])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a verb by its name."""
        if cmd_name not in _RELEASE_VERBS:
            return super().get_command(ctx, cmd_name)
        from harness.cli import release as commands

        return getattr(commands, cmd_name, None)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a verb; a traceback appears only with --debug."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit):
            raise
        except (click.Abort, KeyboardInterrupt):
            click.echo("interrupted", err=True)
            ctx.exit(ExitCode.INTERRUPTED)
        except Exception as error:
            # A reader such as `head` has seen enough: click ends quietly.
            if ctx.params.get("debug") or isinstance(error, BrokenPipeError):
                raise
            for line in _told(error):
                click.echo(line, err=True)
            ctx.exit(ExitCode.BAD_USAGE)


def _told(error: Exception) -> list[str]:
    problems = getattr(error, "problems", None)
    if problems is not None:
        return [str(problem) for problem in problems]
    if isinstance(error, OSError) and error.strerror:
        return [f"error: {f'{error.filename}: ' if error.filename else ''}{error.strerror}"]
    return [f"error: {error}"]


@click.group(cls=_Group, context_settings=_CONTEXT)
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.version_option(package_name="canary-harness")
def main(debug: bool) -> None:
    """Judge a release under real load: is the canary as good as the baseline.

    \b
    harness check loadtests/plans/quick.yaml    what a plan says
    locust -f loadtests/                        run the plan locust.conf names
    harness judge reports/latest                judge a run again
    """  # noqa: D301 - click's sign for lines to keep


@main.command(context_settings={"ignore_unknown_options": True})
@_PLAN
@_STAGES
@_SCALE
@click.argument("locust_options", nargs=-1, type=click.UNPROCESSED)
def run(plan: Path, stages: tuple[str, ...], time_scale: float, locust_options: tuple[str, ...]) -> NoReturn:
    """Run PLAN: `locust -f loadtests/` as a child process.

    What follows PLAN is handed to Locust. Exit codes: 0 pass, 10 fail, 11 inconclusive, 12 rolled back,
    13 invalid, 2 bad plan or usage, 130 interrupted.

    \b
    harness run loadtests/plans/quick.yaml --stage canary-5
    """  # noqa: D301
    from harness.ci.load_process import locust_command, run_child
    from harness.plan.loader import load_plan

    load_plan(plan, stages=stages, time_scale=time_scale)
    sys.exit(run_child(locust_command(plan, stages, time_scale, locust_options)))


@main.command(context_settings={"ignore_unknown_options": True})
@_PLAN
@click.option("--stage", required=True, metavar="NAME", help="The stage to run.")
@_SCALE
@click.option("--junit", type=click.Path(path_type=Path, dir_okay=False), help="Also write junit.xml here.")
@click.option(
    "--summary", type=click.Path(path_type=Path, dir_okay=False), help="Also write summary.md here."
)
@click.argument("locust_options", nargs=-1, type=click.UNPROCESSED)
def gate(
    plan: Path,
    stage: str,
    time_scale: float,
    junit: Path | None,
    summary: Path | None,
    locust_options: tuple[str, ...],
) -> NoReturn:
    """Run one stage of PLAN as a CI job.

    Ends with the verdict's exit code; leaves report.html, junit.xml and summary.md in the run directory.
    In GitHub Actions the summary is shown on the job's page and criteria that did not hold are annotated.

    \b
    harness gate loadtests/plans/production.yaml --stage canary-5 --junit gate/junit.xml
    """  # noqa: D301
    from harness.ci.job import Job, run_job

    job = Job(plan, stage, time_scale, locust_options, junit, summary)
    sys.exit(run_job(job, os.environ, click.echo))


@main.command()
@_RUN
def report(run: Path) -> None:
    """Write report.html, summary.md and junit.xml of RUN.

    \b
    harness report reports/latest
    """  # noqa: D301
    from harness.record.run_directory import RunDirectory
    from harness.report import write_report

    for path in write_report(RunDirectory.open(run)):
        click.echo(path)


@main.command()
@click.argument("run", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("reports/compare.html"),
    show_default=True,
    help="Where to write the page.",
)
@click.option("--force", is_flag=True, help="Show unlike runs too; the page says in what they differ.")
def compare(run: tuple[Path, ...], out: Path, force: bool) -> None:
    """Write a page that shows several RUNs side by side.

    \b
    harness compare reports/*-production -o compare.html
    """  # noqa: D301
    from harness.record.run_directory import RunDirectory
    from harness.report.across_runs.compare import write_comparison

    click.echo(write_comparison([RunDirectory.open(path) for path in run], out, force))


@main.command()
@click.argument("root", type=click.Path(path_type=Path), default="reports")
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
def runs(root: Path, as_json: bool) -> None:
    """List the runs in ROOT (reports), the newest first.

    \b
    harness runs --json
    """  # noqa: D301
    from harness.report.across_runs.runs import list_runs, print_runs, runs_as_json

    found = list_runs(root)
    if as_json:
        click.echo(runs_as_json(found))
    elif found:
        print_runs(found, Console())
    else:
        click.echo(f"no runs in {root} yet; `harness run PLAN` makes one", err=True)


@main.command()
@click.argument("offers", nargs=-1, required=True, metavar="NAME=PLAN[#STAGE]...")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8790, show_default=True, help="0 takes a free one."
)
@click.option(
    "--token-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File with the token; else HARNESS_SERVE_TOKEN.",
)
@_SCALE
@click.option(
    "--locust", "options", multiple=True, metavar="OPTION", help="An option for Locust; repeatable."
)
def serve(
    offers: tuple[str, ...],
    host: str,
    port: int,
    token_file: Path | None,
    time_scale: float,
    options: tuple[str, ...],
) -> None:
    """Answer Flagger's webhooks and Argo Rollouts' web metrics over HTTP.

    The first request for a release runs the plan offered under its name, once; the verdict answers.
    Nothing but the plans named here is ever run.

    \b
    harness serve canary-5=loadtests/plans/production.yaml#canary-5 --token-file /run/secrets/gate-token
    """  # noqa: D301
    from harness.serve.main import serve as serve_offers
    from harness.serve.offer import read_offers
    from harness.serve.runner import Runner
    from harness.serve.secret import read_secret

    secret = read_secret(token_file, os.environ)
    serve_offers((host, port), read_offers(offers), secret, Runner(options, time_scale), click.echo)


@main.command(
    context_settings={"ignore_unknown_options": True, "help_option_names": []}, add_help_option=False
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def demo(arguments: tuple[str, ...]) -> None:
    """Run the embedded service alone: a baseline, a canary, and faults to switch on.

    \b
    harness demo --canary-fault latency=+25%
    """  # noqa: D301
    from harness.demo import command

    command.main(list(arguments), prog_name="harness demo")


@main.command()
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False), default=".")
def init(directory: Path) -> None:
    """Write a plan, a user and a locust.conf to start from; replaces nothing.

    \b
    harness init my-release
    """  # noqa: D301
    from harness.starter import write_starter

    for path in write_starter(directory):
        click.echo(path)


@main.command()
def schema() -> None:
    """Print the JSON Schema of plan files, for editors.

    \b
    harness schema > plan.schema.json
    """  # noqa: D301
    from harness.plan.schema import json_schema

    click.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))


for verb in JUDGE_VERBS:
    main.add_command(verb)

if __name__ == "__main__":
    main()
