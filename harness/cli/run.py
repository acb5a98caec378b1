"""The verbs that run something."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from harness.cli.default_plan import plan_and_options
from harness.cli.echo import echo
from harness.cli.section import (
    FILE,
    PLAN,
    RUNS,
    STAGES,
    TIME_SCALE,
    Section,
    overridable,
    signing,
)
from harness.process.announcement import ANNOUNCE_TO
from harness.process.standard_streams import native_thread, use_unfailing_streams
from harness.rollout.exit_code import ExitCode

if TYPE_CHECKING:
    from harness.app.attest.signer import Signer
    from harness.plan.overrides.values import Overrides

RUN_IT = Section("Run it")
_ARGUMENTS = click.argument(
    "arguments", nargs=-1, type=click.UNPROCESSED, metavar="[PLAN] [LOCUST_OPTIONS]..."
)
_UNKNOWN_OPTIONS_ARE_LOCUSTS = {"ignore_unknown_options": True}


@RUN_IT.verb(context_settings=_UNKNOWN_OPTIONS_ARE_LOCUSTS)
@STAGES
@TIME_SCALE
@overridable()
@RUNS
@_ARGUMENTS
def run(
    arguments: tuple[str, ...], stages: tuple[str, ...], time_scale: float, overrides: Overrides, root: Path
) -> NoReturn:
    """Run PLAN: `locust -f loadtests/`, or `harness observe`, as a child process.

    PLAN is that of `locust.conf` unless given. What follows is passed to Locust; a plan with `traffic` runs
    without Locust. The users are those of `loadtests/` here, or those beside a plan that lies elsewhere.
    Exit codes: 0 pass, 10 fail, 11 inconclusive, 12 rolled back,
    13 invalid, 2 bad plan or usage, 130 interrupted.

    \b
    harness run loadtests/plans/quick.yaml --stage canary-5
    """  # noqa: D301
    from harness.plan.loader import read_plan_file

    use_unfailing_streams(native_thread())
    plan, options = plan_and_options(arguments)
    read = read_plan_file(plan, stages, time_scale, overrides)

    from harness.ci.load_process import run_command, run_load

    if read.plan.traffic is not None and options:
        raise click.UsageError(f"{plan} watches traffic without Locust; leave out {' '.join(options)}")
    result = run_load(run_command(read, stages, time_scale, options, root))
    if result.run is None and result.code is not ExitCode.BAD_USAGE:
        sys.stderr.write(f"error: {result.verdict.reason}\n")
    sys.exit(result.code)


@RUN_IT.verb()
@PLAN
@STAGES
@TIME_SCALE
@overridable()
@RUNS
@click.option(ANNOUNCE_TO, "announce_to", type=int, hidden=True)
def observe(
    plan: Path,
    stages: tuple[str, ...],
    time_scale: float,
    overrides: Overrides,
    root: Path,
    announce_to: int | None,
) -> NoReturn:
    """Run PLAN on real traffic: watch the access log or the metrics that its `traffic` names.

    No load is sent, and no Locust is needed. Exit codes are those of `harness run`.

    \b
    harness observe loadtests/plans/traffic.yaml --stage canary-5
    """  # noqa: D301
    from harness.app.run_session import StartError
    from harness.app.verbs.observe import observe as observe_plan
    from harness.plan.loader import read_plan_file
    from harness.process.announcement import announce

    use_unfailing_streams(native_thread())
    read = read_plan_file(plan, stages, time_scale, overrides)
    try:
        code = observe_plan(
            read,
            stages,
            time_scale,
            root,
            lambda run: None if announce_to is None else announce(run.path, announce_to),
        )
    except StartError as error:
        echo(f"error: {error}", err=True)
        code = ExitCode.INVALID
    sys.exit(code)


@RUN_IT.verb()
@PLAN
@click.argument("more_logs", nargs=-1, type=FILE, metavar="[FILE]...")
@STAGES
@overridable()
@RUNS
@click.option("--log", "logs", multiple=True, type=FILE, help="A log file, also .gz; default: the plan's.")
@click.option("--start", metavar="TIME", help="When the first stage began.")
@click.option(
    "--stage-times",
    "times",
    multiple=True,
    metavar="NAME=TIME|log|RUN",
    help="When a stage began, repeatable; `log` finds the weights in the log; RUN is a run directory.",
)
def backtest(
    plan: Path,
    more_logs: tuple[Path, ...],
    stages: tuple[str, ...],
    overrides: Overrides,
    root: Path,
    logs: tuple[Path, ...],
    start: str | None,
    times: tuple[str, ...],
) -> NoReturn:
    """Judge a past release by PLAN, from its access log: what the gate would have caught, and when.

    From --start on the stages follow each other as planned. A TIME is 2026-01-08T14:00, with a zone or in the
    plan's `timezone`, or seconds since 1970. Nothing is sent, deployed or changed.
    Exit codes: 0 pass, 10 fail, 11 inconclusive, 13 invalid, 2 bad plan, log or usage, 130 interrupted.

    \b
    harness backtest loadtests/plans/traffic.yaml --log access.log.1.gz --start 2026-01-08T14:00
    harness backtest loadtests/plans/traffic.yaml --log access.log --stage-times log
    """  # noqa: D301
    from harness.app.verbs.backtest import BacktestRequest
    from harness.app.verbs.backtest import backtest as judge_past
    from harness.plan.loader import read_plan_file

    use_unfailing_streams(native_thread())
    read = read_plan_file(plan, stages, overrides=overrides)
    request = BacktestRequest(read, stages, (*logs, *more_logs), start, times, root)
    sys.exit(judge_past(request, lambda text: echo(text, err=True)))


@RUN_IT.verb(context_settings=_UNKNOWN_OPTIONS_ARE_LOCUSTS)
@click.option("--stage", required=True, metavar="NAME", help="The stage to run.")
@TIME_SCALE
@overridable()
@RUNS
@click.option("--junit", type=FILE, help="Also write junit.xml here.")
@click.option("--summary", type=FILE, help="Also write summary.md here.")
@signing
@_ARGUMENTS
def gate(
    arguments: tuple[str, ...],
    stage: str,
    time_scale: float,
    overrides: Overrides,
    root: Path,
    junit: Path | None,
    summary: Path | None,
    signer: Signer | None,
) -> NoReturn:
    """Run one stage of PLAN as a CI job.

    Ends with the verdict's exit code; leaves report.html, junit.xml and summary.md in the run directory.
    In GitHub Actions the summary is shown on the job's page and criteria that did not hold are annotated.

    \b
    harness gate loadtests/plans/production.yaml --stage canary-5 --junit gate/junit.xml
    """  # noqa: D301
    from harness.ci.job import Job, run_job

    use_unfailing_streams(native_thread())
    plan, options = plan_and_options(arguments)
    job = Job(plan, stage, time_scale, options, junit, summary, overrides, root, signer)
    sys.exit(run_job(job, os.environ, echo))


@RUN_IT.verb()
@click.argument("offers", nargs=-1, required=True, metavar="NAME=PLAN[#STAGE]...")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8790, show_default=True, help="0 takes a free one."
)
@click.option("--token-file", type=FILE, help="File with the token; else HARNESS_SERVE_TOKEN.")
@TIME_SCALE
@overridable()
@RUNS
@click.option(
    "--locust", "options", multiple=True, metavar="OPTION", help="An option for Locust; repeatable."
)
def serve(
    offers: tuple[str, ...],
    host: str,
    port: int,
    token_file: Path | None,
    time_scale: float,
    overrides: Overrides,
    root: Path,
    options: tuple[str, ...],
) -> None:
    """Answer Flagger's webhooks and Argo Rollouts' web metrics over HTTP.

    The first request for a release runs the plan offered under its name, once; the verdict answers. After
    a run that was invalid or interrupted, the next request measures again, at most three times in all.
    Only the plans named here are ever run. --set and its shorter forms apply to every one of them.

    \b
    harness serve canary-5=loadtests/plans/production.yaml#canary-5 --token-file /run/secrets/gate-token
    """  # noqa: D301
    from harness.serve.main import serve as serve_offers
    from harness.serve.offer import read_offers
    from harness.serve.runner import Runner
    from harness.serve.secret import read_secret

    use_unfailing_streams(native_thread())
    secret = read_secret(token_file, os.environ)
    runner = Runner(options, time_scale, root, overrides)
    serve_offers((host, port), read_offers(offers, overrides), secret, runner, echo)


@RUN_IT.verb(
    context_settings={"ignore_unknown_options": True, "help_option_names": []}, add_help_option=False
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def demo(arguments: tuple[str, ...]) -> None:
    """Run the embedded service alone: a baseline, a canary, and faults to switch on.

    \b
    harness demo --canary-fault latency=+25%
    """  # noqa: D301
    from harness.demo.main import command

    command.main(list(arguments), prog_name="harness demo")
