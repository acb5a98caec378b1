"""Whether runs may be compared: same service, load, stages, machine and mix of requests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.plan.model import Plan
from harness.report.wording import cut, duration, percent, rate, share

MAX_SHIFT = 0.05  # of an endpoint's share of the requests, beyond which two runs did different work
_MAX_REASONS = 30


@dataclass(frozen=True)
class Conditions:
    """What a run was measured under; `mix` is each endpoint's share of all requests."""

    name: str
    run: Mapping[str, Any]
    plan: Plan
    mix: Mapping[str, float]


def unlike(runs: Sequence[Conditions]) -> list[str]:
    """Return every reason why the runs differ in more than the release; empty when they may be compared."""
    first = runs[0]
    reasons = [reason for other in runs[1:] for reason in _between(first, other)]
    return [
        *reasons[:_MAX_REASONS],
        *([f"and {len(reasons) - _MAX_REASONS} more"] if reasons[_MAX_REASONS:] else []),
    ]


def _between(one: Conditions, other: Conditions) -> list[str]:
    ours, theirs = _facts(one), _facts(other)
    differing = [
        f"{what}: {ours.get(what, 'none')} in {one.name}, {theirs.get(what, 'none')} in {other.name}"
        for what in dict.fromkeys([*ours, *theirs])
        if ours.get(what) != theirs.get(what)
    ]
    return [*differing, *_mixes(one, other)]


def _facts(given: Conditions) -> dict[str, str]:
    plan, machine = given.plan, given.run.get("machine")
    cpus = machine.get("cpus") if isinstance(machine, Mapping) else None
    facts = {
        "service": plan.service,
        "kind of targets": plan.targets.kind,
        "arrivals": plan.load.arrivals,
        "timeout": duration(plan.load.timeout_s),
        "time scale": f"{given.run.get('time_scale', 1.0):g}",
        "processors of the load generator": str(cpus),
    }
    for stage in plan.stages:
        load = (
            f"{percent(float(stage.weight))} for {duration(stage.duration_s)} at {rate(plan.rate_of(stage))}"
        )
        facts[f"stage {stage.name}"] = load
    return facts


def _mixes(one: Conditions, other: Conditions) -> list[str]:
    return [
        f"requests to {cut(endpoint, 60)}: {share(one.mix.get(endpoint, 0.0))} in {one.name}, "
        f"{share(other.mix.get(endpoint, 0.0))} in {other.name}"
        for endpoint in dict.fromkeys([*one.mix, *other.mix])
        if abs(one.mix.get(endpoint, 0.0) - other.mix.get(endpoint, 0.0)) > MAX_SHIFT
    ]
