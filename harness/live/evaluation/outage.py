"""Whether the service is down, by health probes alone: the only trigger there is without load."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from harness.plan.criteria.criterion import Named, NamedCriterion
from harness.plan.model import Plan, Stage
from harness.plan.variant import Variant


def down_for_s(probes: Sequence[Mapping[str, Any]], variant: str = Variant.CANARY) -> float:
    """Return for how long every health check of a variant has failed, 0 when the last one passed."""
    health = sorted(
        (record for record in probes if record["kind"] == "health" and record["variant"] == variant),
        key=lambda record: float(record["t_s"]),
    )
    if not health:
        return 0.0
    since_s = last_s = float(health[-1]["t_s"])
    for record in reversed(health):
        if record["ok"]:
            break
        since_s = float(record["t_s"])
    return last_s - since_s


def outage_trigger(plan: Plan, stage: Stage | None, probes: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the `service down` trigger that fires, if one does."""
    own = stage.rollback if stage is not None else ()
    down_s = down_for_s(probes)
    for trigger in chain(plan.rollback, own):
        is_outage = isinstance(trigger, NamedCriterion) and trigger.name is Named.SERVICE_DOWN
        if is_outage and trigger.for_s is not None and down_s >= trigger.for_s:
            return trigger.text
    return None
