"""A plan for a terminal: its stages, and what no run of it could ever show."""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.judge.planning.planner import TYPICAL, Outlook, Wandering, outlooks
from harness.plan.model import Plan, Stage
from harness.report.wording import NOTHING, count, cut, duration, percent, rate, share


def print_plan(plan: Plan, console: Console, wandering: Wandering = TYPICAL) -> None:
    """Print the stages, what each can tell, and a warning for each criterion that cannot pass as planned."""
    lasts_s = sum(stage.duration_s for stage in plan.stages)
    heading = f"{cut(plan.service, 40)}: {len(plan.stages)} stages, {duration(lasts_s)}, seed {plan.seed}"
    console.print(Text(heading, style="bold"))
    console.print(_table(plan))
    told = outlooks(plan, wandering)
    console.print(_sights(told))
    for warning in warnings(plan, told):
        console.print(Text(f"warning: {warning}", style="yellow"))


def warnings(plan: Plan, told: Sequence[Outlook]) -> Iterator[str]:
    """Name every criterion that cannot pass even if the canary is perfect, and triggers that never fire."""
    for outlook in told:
        yield from (f"{outlook.stage}: {warning}" for warning in outlook.warnings)
    yield from (str(doubt) for doubt in plan.warnings() if "can never fire" in doubt.what)


def _sights(told: Sequence[Outlook]) -> Table:
    """Show the smallest changes that fail in 95 of 100 stages, and the length an unchanged canary needs."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for name in ("stage", "blocks", "sees p95 from", "sees errors from", "needs for the tolerance"):
        table.add_column(name, justify="left" if name == "stage" else "right", overflow="fold")
    for outlook in told:
        slower = outlook.smallest_slowdown
        table.add_row(
            cut(outlook.stage, 24),
            str(outlook.blocks),
            NOTHING if slower is None else f"+{share(slower)}",
            share(outlook.smallest_error_rate),
            duration(outlook.slowdown_needs_s),
        )
    return table


def _table(plan: Plan) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for name in ("stage", "weight", "lasts", "rate", "to the canary"):
        table.add_column(name, justify="left" if name == "stage" else "right", overflow="fold")
    table.add_column("must hold", ratio=1, overflow="fold")
    for stage in plan.stages:
        requests = plan.rate_of(stage) * stage.duration_s * float(stage.weight)
        table.add_row(
            cut(stage.name, 24),
            percent(float(stage.weight)),
            duration(stage.duration_s),
            rate(plan.rate_of(stage)),
            count(requests),
            Text(", ".join(_texts(stage))),
        )
    return table


def _texts(stage: Stage) -> Iterator[str]:
    yield from (criterion.text for criterion in stage.criteria)
    for endpoint, criteria in stage.endpoints.items():
        yield from (f"{cut(endpoint, 40)}: {criterion.text}" for criterion in criteria)
