"""A plan for a terminal: its stages, and what no run of it could ever show."""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.judge.blocks import FEWEST_REQUESTS
from harness.judge.estimate import Estimate
from harness.judge.floors import missing_requests, missing_time_of
from harness.judge.view import StageView
from harness.plan.criterion import Absolute, AnyCriterion, Criterion, Named, NamedCriterion
from harness.plan.model import Plan, Stage
from harness.record.evidence import StageEvidence
from harness.report.wording import count, cut, duration, percent, rate


def print_plan(plan: Plan, console: Console) -> None:
    """Print the stages with their criteria, then a warning for each criterion that cannot pass as planned."""
    lasts_s = sum(stage.duration_s for stage in plan.stages)
    heading = f"{cut(plan.service, 40)}: {len(plan.stages)} stages, {duration(lasts_s)}, seed {plan.seed}"
    console.print(Text(heading, style="bold"))
    console.print(_table(plan))
    for warning in warnings(plan):
        console.print(Text(f"warning: {warning}", style="yellow"))


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


def warnings(plan: Plan) -> Iterator[str]:
    """Name every criterion that cannot pass even if the canary is perfect, and what it lacks."""
    for index, stage in enumerate(plan.stages):
        view = StageView(plan, StageEvidence(stage, index))
        for criterion in stage.criteria:
            lacks = _lacks(view, criterion)
            if lacks:
                yield f"{stage.name}: {criterion.text} cannot pass. {lacks}"


def _lacks(view: StageView, criterion: AnyCriterion) -> str | None:
    """Ask the judge what a perfect run of the stage would lack."""
    match criterion:
        case Criterion(limit=Absolute(limit), measure=measure) if measure.is_of_requests:
            perfect = Estimate(0.0, 0.0, 0.0, _measured(view), view.clock.planned_blocks)
            lacks = missing_requests(view, measure, perfect, limit)
        case Criterion(is_relative=True) | NamedCriterion(name=Named.NO_PERFORMANCE_DEGRADATION):
            lacks = _lacks_blocks(view)
        case _:
            lacks = None
    return lacks or missing_time_of(view, criterion.for_s)


def _measured(view: StageView) -> int:
    """Count the canary requests after the warm-up."""
    return int(view.planned_per_s * float(view.stage.weight) * view.clock.planned_blocks * view.clock.block_s)


def _lacks_blocks(view: StageView) -> str | None:
    if not view.has_both:
        return "There is no baseline beside it to compare with."
    each = max(_measured(view) / max(view.clock.planned_blocks, 1), 1e-9)
    merged = max(1, -(-FEWEST_REQUESTS // each))
    blocks, wanted = int(view.clock.planned_blocks // merged), view.plan.judge.min_blocks
    if blocks >= wanted:
        return None
    return f"It needs {wanted} blocks of at least {FEWEST_REQUESTS} canary requests; the stage has {blocks}."
