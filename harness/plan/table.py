"""The stages of a plan as the rows of a table, for people to read before they start a run."""

from dataclasses import dataclass
from fractions import Fraction

from harness.plan.model import Plan
from harness.plan.quantity import RATE, TIME, fraction_text, rounded_text_of
from harness.plan.stage import Stage


@dataclass(frozen=True)
class Row:
    """One stage: values in base units, criteria and triggers as text."""

    name: str
    weight: Fraction
    rate_per_s: float
    duration_s: float
    interval_s: float
    warmup_s: float
    blocks: int
    requests: int
    canary_requests: int
    criteria: tuple[str, ...]
    triggers: tuple[str, ...]

    def cells(self) -> tuple[str, ...]:
        """Return the row as text, in the order of `COLUMNS`."""
        return (
            self.name,
            fraction_text(self.weight),
            rounded_text_of(self.rate_per_s, RATE),
            rounded_text_of(self.duration_s, TIME),
            rounded_text_of(self.interval_s, TIME),
            f"{self.canary_requests:,}",
            "\n".join(self.criteria),
            "\n".join(self.triggers),
        )


COLUMNS = ("stage", "weight", "rate", "duration", "interval", "canary requests", "criteria", "triggers")


def rows_of(plan: Plan) -> tuple[Row, ...]:
    """Return a row for each stage; its triggers are its own and the plan's."""
    return tuple(_row(plan, stage) for stage in plan.stages)


def _row(plan: Plan, stage: Stage) -> Row:
    outlook = plan.outlook_of(stage)
    of_endpoints = (f"{name}: {one.text}" for name, criteria in stage.endpoints.items() for one in criteria)
    return Row(
        name=stage.name,
        weight=stage.weight,
        rate_per_s=outlook.rate_per_s,
        duration_s=stage.duration_s,
        interval_s=stage.interval_s,
        warmup_s=outlook.warmup_s,
        blocks=outlook.blocks,
        requests=outlook.requests,
        canary_requests=outlook.canary_requests,
        criteria=(*(criterion.text for criterion in stage.criteria), *of_endpoints),
        triggers=tuple(trigger.text for trigger in (*stage.rollback, *plan.rollback)),
    )
