"""The command `demo`: the embedded service alone, for trying things out and for other tools' runs."""

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any

import click

from harness.demo.given_faults import faults_of
from harness.demo.supervisor import PortInUse, supervise
from harness.demo.variant_process import DemoError, VariantOptions, VariantProcess
from harness.plan.variant import Variant

PORTS = {Variant.BASELINE: 8080, Variant.CANARY: 8081, Variant.CONTROL: None}
"""The ports unless others are asked for; a variant without a port is not started."""
HINTS = """
  curl -i {canary}/api/tasks

Switch faults on and off (kill -HUP also while connections are refused):
  curl -d '{{"latency": "+25%", "errors": "1%"}}' {canary}/_faults
  curl -X DELETE {canary}/_faults
  kill -HUP {canary_pid}

Ctrl-C ends all."""


class WrongUse(click.ClickException):
    """Options that cannot be met; one line, without the usage text."""

    exit_code = 2


class _FaultOption(click.Option):
    """`--VARIANT-fault`; its help names the known faults, and loads what knows them."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the option and its help."""
        from harness.plan.faults import Faults

        if (record := super().get_help_record(ctx)) is None:
            return None
        return record[0], f"{record[1]}; known: {', '.join(Faults.keys())}."


def _faults(context: click.Context, parameter: click.Parameter, words: tuple[str, ...]) -> tuple[str, ...]:
    try:
        faults_of(words)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    return words


def _variant_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add `--VARIANT-port` and `--VARIANT-fault` of each variant."""
    for variant, port in reversed(PORTS.items()):
        command = click.option(
            f"--{variant}-fault",
            cls=_FaultOption,
            multiple=True,
            metavar="K=V",
            callback=_faults,
            help=f"What is wrong with the {variant}, such as latency=+25% (repeatable)",
        )(command)
        more = "" if port else "Also start a control, fresh like the canary. "
        command = click.option(
            f"--{variant}-port",
            type=click.IntRange(0, 65535),
            default=port,
            show_default=True,
            help=f"{more}0: any free port.",
        )(command)
    return command


@click.command("demo")
@click.option(
    "--seed",
    type=click.IntRange(0, 2**63 - 1),
    default=1,
    show_default=True,
    help="Seed of service times and errors.",
)
@_variant_options
@click.option("--restart", is_flag=True, help="Start a variant again when it ends by itself.")
@click.option("--end-with", type=click.IntRange(1), metavar="PID", help="Also end when this process ends.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON when the variants are ready.")
def command(seed: int, restart: bool, end_with: int | None, as_json: bool, **of_variants: Any) -> None:
    """Start the embedded service: a baseline and a canary on this machine, with faults to switch on."""
    options = [
        VariantOptions(variant, of_variants[f"{variant}_port"], seed, of_variants[f"{variant}_fault"])
        for variant in PORTS
        if of_variants[f"{variant}_port"] is not None
    ]

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
        raise click.ClickException("all variants have ended")


def json_line(variants: Sequence[VariantProcess]) -> str:
    """Return the URLs and process ids of the variants as JSON."""
    urls = {variant.name: variant.url for variant in variants}
    return json.dumps(urls | {"pids": {variant.name: variant.pid for variant in variants}})


def text(variants: Sequence[VariantProcess]) -> str:
    """Return the same for people, with commands to try."""
    lines = [f"{variant.name:<9} {variant.url}  (pid {variant.pid})" for variant in variants]
    canary = next(each for each in variants if each.name == Variant.CANARY)
    return "\n".join(lines) + "\n" + HINTS.format(canary=canary.url, canary_pid=canary.pid)
