"""A plan for a terminal: its stages, what they detect, and what no run of it could ever show."""

from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.judge.planning.sensitivity import Sensitivity
from harness.judge.windows.design import StageDesign
from harness.plan.model import Plan, Stage
from harness.plan.variant import Variant
from harness.plan.yaml.problem import Problem
from harness.report.wording import NOTHING, count, cut, duration, rate, share


def print_plan(
    plan: Plan, found: Iterable[Sensitivity], warnings: Iterable[Problem], console: Console
) -> None:
    """Print the stages, what each detects, and a line for each warning."""
    lasts_s = sum(stage.duration_s for stage in plan.stages)
    heading = f"{cut(plan.service, 40)}: {len(plan.stages)} stages, {duration(lasts_s)}, seed {plan.seed}"
    console.print(Text(heading, style="bold"))
    console.print(_stages(plan))
    console.print()
    console.print(_sensitivities(found))
    for warning in warnings:
        # A warning is one line, however wide the terminal is, so that tools find the file and the line in it.
        console.print(Text(str(warning), style="yellow"), soft_wrap=True)


def _sensitivities(found: Iterable[Sensitivity]) -> Table:
    """Show the smallest changes that fail in 95 of 100 stages, and the length an unchanged canary needs."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for name in (
        "stage",
        "blocks",
        "finds a slowdown of",
        "finds errors of",
        "finds a later one",
        "an equal canary passes after",
    ):
        table.add_column(name, justify="left" if name == "stage" else "right", overflow="fold")
    for each in found:
        table.add_row(
            cut(each.stage, 24),
            str(each.blocks),
            ", ".join(f"{name} +{share(slower)}" for name, slower in _found(each)) or NOTHING,
            share(each.smallest_error_rate),
            _later(each),
            duration(each.slowdown_needs_s),
        )
    return table


def _later(sensitivity: Sensitivity) -> str:
    """Show by when a slowdown that begins in mid-stage is found."""
    later = sensitivity.later
    if later is None or later.found_by_s is None:
        return NOTHING
    change = f"p95 +{share(later.slowdown)} from {duration(later.begins_s)} on"
    return f"{change}: by {duration(later.found_by_s)}"


def _found(sensitivity: Sensitivity) -> Iterator[tuple[str, float]]:
    for name, slower in sensitivity.smallest_slowdowns.items():
        if slower is not None:
            yield name, slower


def _stages(plan: Plan) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for name in ("stage", "weight", "lasts", "rate", "to the canary"):
        table.add_column(name, justify="left" if name == "stage" else "right", overflow="fold")
    table.add_column("must hold", overflow="fold")
    for stage in plan.stages:
        design, per_s = StageDesign(plan, stage), plan.rate_of(stage)
        table.add_row(
            cut(stage.name, 24),
            share(float(stage.weight)),
            _lasts(design),
            NOTHING if per_s is None else _rate(design, per_s),
            NOTHING if per_s is None else count(_to_the_canary(design)),
            Text(", ".join(_texts(stage))),
        )
    return table


def _lasts(design: StageDesign) -> str:
    """Say how long a stage lasts, and how much of it is judged where its rates change."""
    lasts_s = design.stage.duration_s
    if design.has_level_rates:
        return duration(lasts_s)
    return f"{duration(lasts_s)}, {duration(design.clock.planned_blocks * design.clock.block_s)} judged"


def _rate(design: StageDesign, mean_per_s: float) -> str:
    if design.rates is None or design.rates.total.is_level:
        return rate(mean_per_s)
    low_per_s, high_per_s = (edge(per_s for _, per_s in design.rates.total.corners) for edge in (min, max))
    return f"{low_per_s:,.4g} to {rate(high_per_s)}"


def _to_the_canary(design: StageDesign) -> float:
    sent = design.expected(Variant.CANARY, 0.0, design.stage.duration_s)
    return sent or 0.0


def _texts(stage: Stage) -> Iterator[str]:
    yield from (criterion.text for criterion in stage.criteria)
    for endpoint, criteria in stage.endpoints.items():
        yield from (f"{cut(endpoint, 40)}: {criterion.text}" for criterion in criteria)
