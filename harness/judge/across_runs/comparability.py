"""Whether what was measured twice can be compared: only under the same load, around the same service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.judge.words import PERCENT
from harness.plan.criteria.quantity import RATE, TIME, rounded_text_of, shown
from harness.plan.model import Plan, Stage

MAX_SHIFT = 0.05
"""How far an endpoint's share of the requests may differ before two runs did different work."""


class IncomparableError(Exception):
    """Two measurements differ in more than what is compared; `reasons` says in what."""

    def __init__(self, what: str, reasons: Sequence[str]) -> None:
        super().__init__(f"{what}: {'; '.join(reasons)}")
        self.reasons = tuple(reasons)


@dataclass(frozen=True)
class Conditions:
    """What something was measured under: facts that must be equal, and a mix that must be about the same.

    `name` is what messages call it; `mix` is each endpoint's share of the requests, 0 … 1.
    """

    name: str
    facts: Mapping[str, str]
    mix: Mapping[str, float] = field(default_factory=dict)


def differences(one: Conditions, other: Conditions) -> tuple[str, ...]:
    """Return every reason why two measurements can't be compared; empty when they can."""
    return (*_facts_apart(one, other), *_mixes_apart(one, other))


def _facts_apart(one: Conditions, other: Conditions) -> Iterator[str]:
    for what in dict.fromkeys([*one.facts, *other.facts]):
        ours, theirs = (each.facts.get(what, "none") for each in (one, other))
        if ours != theirs:
            yield f"{what}: {ours} in {one.name}, {theirs} in {other.name}"


def _mixes_apart(one: Conditions, other: Conditions) -> Iterator[str]:
    for endpoint in sorted({*one.mix, *other.mix}):
        ours, theirs = (each.mix.get(endpoint, 0.0) for each in (one, other))
        if abs(ours - theirs) > MAX_SHIFT:
            yield (
                f"requests to {shown(endpoint)}: {PERCENT.spoken(ours)} in {one.name}, "
                f"{PERCENT.spoken(theirs)} in {other.name}"
            )


def load_of(plan: Plan) -> dict[str, str]:
    """Return what a plan says of its load: how arrivals come, and each stage's share, length and rate."""
    stages = {f"stage {stage.name}": _load_of(plan, stage) for stage in plan.stages}
    return {
        "arrivals": plan.load.arrivals if plan.load else "real traffic",
        "stages": ", ".join(stage.name for stage in plan.stages),
        **stages,
    }


def _load_of(plan: Plan, stage: Stage) -> str:
    share, per_s = PERCENT.spoken(float(stage.weight)), plan.rate_of(stage)
    rate = "" if per_s is None else f" at {rounded_text_of(per_s, RATE)}"
    stated = plan.stated_rate_of(stage)
    pieces = f" ({', '.join(piece.text for piece in stated)})" if isinstance(stated, tuple) else ""
    ramp = f" after a ramp of {rounded_text_of(stage.ramp_s, TIME)}" if stage.ramp_s else ""
    return f"{share} for {rounded_text_of(stage.duration_s, TIME)}{rate}{pieces}{ramp}"


def windows_of(plan: Plan) -> dict[str, str]:
    """Return what has to be the same for windows recorded by one plan to be judged by another."""
    intervals = {
        f"interval of {stage.name}": rounded_text_of(stage.interval_s, TIME) for stage in plan.stages
    }
    return {**load_of(plan), **intervals}


def surroundings_of(run: Mapping[str, Any], plan: Plan) -> dict[str, str]:
    """Return what surrounds the load, from `run.json` and its plan: service, targets, limits, machine."""
    machine = run.get("machine")
    cpus = machine.get("cpus") if isinstance(machine, Mapping) else None
    return {
        "service": plan.service,
        "kind of targets": plan.targets.kind if plan.targets else "none",
        "timeout": rounded_text_of(plan.load.timeout_s, TIME) if plan.load else "none",
        "time scale": f"{run.get('time_scale', 1.0):g}",
        "processors of the load generator": str(cpus),
    }


def shares(counts: Mapping[str, int]) -> dict[str, float]:
    """Return each endpoint's share of the requests; empty without a request."""
    total = sum(counts.values())
    return {endpoint: count / total for endpoint, count in sorted(counts.items())} if total else {}
