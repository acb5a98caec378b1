"""What runs of one version against itself showed, for a terminal or a pipe."""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.judge.across_runs.calibration import Calibration
from harness.report.wording import cut, duration, share


def print_calibration(found: Calibration, console: Console) -> None:
    """Print a line per stage of each run, then what to make of it."""
    console.print(_table(found))
    for line in lines(found):
        console.print(Text(line), highlight=False)


def lines(found: Calibration) -> list[str]:
    """Say in words what the noise is, and what to write into the plan."""
    needed = duration(found.needs_s) if found.needs_s != float("inf") else "no length of stage"
    return [
        f"noise: z-scores scatter by {found.z_sd:.2f} (1 is right), neighbouring blocks correlate by "
        f"{found.correlation:.2f}",
        f"spread between runs beyond that: {share(found.run_spread)}",
        f"proposed block: {duration(found.block_s)}",
        *_rhythm(found),
        f"stages as long as these fail a p95 slower by {share(found.detectable)} in 95 of 100 cases",
        f"to pass an unchanged canary in 95 of 100: {needed} after the warm-up",
    ]


def _rhythm(found: Calibration) -> Iterator[str]:
    if found.disturbance_s:
        longest = duration(found.disturbance_s)
        yield f"longest disturbance of a variant: {longest}; proposed `judge.disturbance`: {longest} or more"
    else:
        yield "no disturbance was seen: the default of `judge.disturbance` is enough"
    if found.period_s is not None:
        yield f"a pattern repeats every {duration(found.period_s)}: the block is a whole number of periods"
    for each in found.endpoints:
        yield (
            f"{cut(each.endpoint, 40)}: p95 change scatters by {share(each.sd_15_min)} in 15 min, "
            f"neighbouring blocks correlate by {each.correlation:.2f}"
        )


def _table(found: Calibration) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for name in ("run", "stage", "blocks", "p95 change", "error", "z", "correlation"):
        table.add_column(name, justify="left" if name in ("run", "stage") else "right", overflow="fold")
    for each in found.stages:
        table.add_row(
            cut(each.run, 34),
            cut(each.stage, 16),
            str(each.blocks),
            f"{100 * each.ln_ratio:+.2f}%",
            f"{100 * each.se:.2f}%",
            f"{each.z:+.2f}",
            f"{each.correlation:+.2f}",
        )
    return table
