"""Whether a run may be held against another plan or an earlier run: only like is compared with like."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from harness.judge.validity.soundness import requests_by_endpoint
from harness.judge.view import StageView
from harness.judge.words import PERCENT, duration
from harness.plan.criteria.quantity import RATE, rounded_text_of
from harness.plan.model import Plan, Stage
from harness.plan.variant import Variant

MAX_SHIFT = 0.05
"""How far an endpoint's share of the requests may be off before two runs did different work."""


class UnlikePlansError(Exception):
    """A plan that a run cannot be judged by; `problems` says why."""

    def __init__(self, plan: str, reasons: Sequence[str]) -> None:
        self.problems = tuple(f"{plan} is unlike the plan of the run: {reason}" for reason in reasons)
        super().__init__("; ".join(self.problems))


def unlike_plans(recorded: Plan, other: Plan) -> tuple[str, ...]:
    """Say why a run of one plan cannot be judged by another; limits, probes and targets may differ."""
    return tuple(_differences(recorded, other))


def _differences(recorded: Plan, other: Plan) -> Iterator[str]:
    ran, wanted = ([stage.name for stage in plan.stages] for plan in (recorded, other))
    if ran != wanted:
        yield f"the run has the stages {', '.join(ran)}; the other plan has {', '.join(wanted)}"
        return
    if recorded.load.arrivals != other.load.arrivals:
        yield f"the run's arrivals are {recorded.load.arrivals}, the other plan's {other.load.arrivals}"
    for one, two in zip(recorded.stages, other.stages, strict=True):
        was, wants = _load(recorded, one), _load(other, two)
        for what in was:
            if was[what] != wants[what]:
                yield f"stage {one.name}: {what} of the run is {was[what]}, of the other plan {wants[what]}"


def _load(plan: Plan, stage: Stage) -> dict[str, str]:
    return {
        "the weight": PERCENT.spoken(float(stage.weight)),
        "the rate": rounded_text_of(plan.rate_of(stage), RATE),
        "the duration": duration(stage.duration_s),
        "the interval": duration(stage.interval_s),
    }


def mix_of(view: StageView, variant: Variant) -> dict[str, float]:
    """Return each endpoint's share of a variant's requests."""
    counts = requests_by_endpoint(view, variant)
    total = counts.total()
    return {endpoint: count / total for endpoint, count in sorted(counts.items())} if total else {}


def unlike_mixes(before: Mapping[str, float], now: Mapping[str, float]) -> tuple[str, ...]:
    """Say which endpoints had another share of the requests."""
    return tuple(
        f"{endpoint} was {PERCENT.spoken(before.get(endpoint, 0.0))} of the requests "
        f"and is now {PERCENT.spoken(now.get(endpoint, 0.0))}"
        for endpoint in sorted({*before, *now})
        if abs(before.get(endpoint, 0.0) - now.get(endpoint, 0.0)) > MAX_SHIFT
    )
