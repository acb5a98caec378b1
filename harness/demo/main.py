"""The command `demo`: the embedded service alone, for trying things out and for other tools' runs."""

import asyncio
import json
from collections.abc import Sequence

import click

from harness.demo.supervisor import PortInUse, supervise
from harness.demo.variant_process import DemoError, VariantOptions, VariantProcess
from harness.plan.faults import FaultError, Faults
from harness.plan.variant import Variant

FAULT_HELP = (
    f"What is wrong with the {{}}, such as latency=+25% (repeatable); known: {', '.join(Faults.keys())}."
)
HINTS = """
  curl -i {canary}/api/tasks

Switch faults on and off (kill -HUP also while connections are refused):
  curl -d '{{"latency": "+25%", "errors": "1%"}}' {canary}/_faults
  curl -X DELETE {canary}/_faults
  kill -HUP {canary_pid}

Ctrl-C ends both."""


class WrongUse(click.ClickException):
    """Options that cannot be met; one line, without the usage text."""

    exit_code = 2


def _faults(context: click.Context, parameter: click.Parameter, words: tuple[str, ...]) -> Faults:
    try:
        return Faults.parse(*words)
    except FaultError as error:
        raise click.BadParameter(str(error)) from None


@click.command("demo")
@click.option(
    "--baseline-port",
    type=click.IntRange(0, 65535),
    default=8080,
    show_default=True,
    help="0: any free port.",
)
@click.option(
    "--canary-port", type=click.IntRange(0, 65535), default=8081, show_default=True, help="0: any free port."
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**63 - 1),
    default=1,
    show_default=True,
    help="Of service times and errors.",
)
@click.option(
    "--baseline-fault", multiple=True, metavar="K=V", callback=_faults, help=FAULT_HELP.format("baseline")
)
@click.option(
    "--canary-fault", multiple=True, metavar="K=V", callback=_faults, help=FAULT_HELP.format("canary")
)
@click.option("--restart", is_flag=True, help="Start a variant again when it ends by itself.")
@click.option("--end-with", type=click.IntRange(1), metavar="PID", help="Also end when this process ends.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON when both variants are ready.")
def command(
    baseline_port: int,
    canary_port: int,
    seed: int,
    baseline_fault: Faults,
    canary_fault: Faults,
    restart: bool,
    end_with: int | None,
    as_json: bool,
) -> None:
    """Start the embedded service: a baseline and a canary on this machine, with faults to switch on."""
    options = (
        VariantOptions(Variant.BASELINE, baseline_port, seed, baseline_fault),
        VariantOptions(Variant.CANARY, canary_port, seed, canary_fault),
    )

    def on_ready(variants: Sequence[VariantProcess]) -> None:
        click.echo(json_line(variants) if as_json else text(variants))

    def report(what: str) -> None:
        click.echo(what, err=True)

    try:
        ended = asyncio.run(supervise(options, on_ready, report, restart=restart, end_with_pid=end_with))
    except PortInUse as error:
        raise WrongUse(str(error)) from None
    except DemoError as error:
        raise click.ClickException(str(error)) from None
    if not ended:
        raise click.ClickException("both variants have ended")


def json_line(variants: Sequence[VariantProcess]) -> str:
    """Return the URLs and process ids of the variants as JSON."""
    urls = {variant.name: variant.url for variant in variants}
    return json.dumps(urls | {"pids": {variant.name: variant.pid for variant in variants}})


def text(variants: Sequence[VariantProcess]) -> str:
    """Return the same for people, with commands to try."""
    lines = [f"{variant.name:<9} {variant.url}  (pid {variant.pid})" for variant in variants]
    canary = variants[-1]
    return "\n".join(lines) + "\n" + HINTS.format(canary=canary.url, canary_pid=canary.pid)
