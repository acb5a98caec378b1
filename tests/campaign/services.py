"""Faults of the services, the generator and the clock, as the evidence of a simulated stage."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from harness.judge.run import judge_run
from harness.plan.model import Plan
from harness.record.evidence import Interval, StageEvidence
from tests.campaign.fault import Fault, Seen, Truth
from tests.judge.simulator import (
    Conditions,
    Service,
    cut_short,
    lognormal,
    plan_of,
    refusing_from,
    run_of,
    simulate,
)

CRITERIA = (
    ["p95 < 150ms", "error rate < 1%"],
    ["p95 < 150ms", "error rate < 1%", "p95 < baseline + 10%"],
    ["p50 < 100ms", "p95 < baseline + 20%", "error rate < 1%"],
)
Happens = Callable[[Plan, int, random.Random], StageEvidence]
"""What a stage of a plan leaves when something goes wrong in it; a seed decides the rest."""


@dataclass(frozen=True)
class _Kind:
    """A kind of fault; `evidence` lets it happen in a stage of a plan with a seed."""

    name: str
    truth: Truth
    evidence: Happens


def draw(chance: random.Random) -> Fault:
    """Choose a plan and what goes wrong in its only stage."""
    plan = _plan(chance)
    kind, seed = chance.choice(_KINDS), chance.randrange(1 << 30)

    def play() -> Seen:
        verdict = judge_run(run_of(plan, [kind.evidence(plan, seed, random.Random(seed))]))
        return Seen(verdict.outcome, said=verdict.reason)

    return Fault(kind.name, kind.truth, play)


def _plan(chance: random.Random) -> Plan:
    return plan_of(
        chance.choice(CRITERIA),
        weight=chance.choice(["10%", "25%", "50%"]),
        duration=f"{chance.choice([40, 60, 90])}s",
        rate=f"{chance.choice([50, 120, 300])}/s",
    )


def _both(service: Callable[[Plan, random.Random], Service]) -> Happens:
    def evidence(plan: Plan, seed: int, chance: random.Random) -> StageEvidence:
        same = service(plan, chance)
        return simulate(plan, seed=seed, baseline=same, canary=same)

    return evidence


def _canary(service: Callable[[Plan, random.Random], Service]) -> Happens:
    return lambda plan, seed, chance: simulate(plan, seed=seed, canary=service(plan, chance))


def _around(**changes: Callable[[random.Random], Any]) -> Happens:
    def evidence(plan: Plan, seed: int, chance: random.Random) -> StageEvidence:
        conditions = Conditions(**{name: value(chance) for name, value in changes.items()})
        return simulate(plan, seed=seed, conditions=conditions)

    return evidence


def _refusing(plan: Plan, chance: random.Random) -> Service:
    return refusing_from(plan.stages[0].duration_s * chance.uniform(0.2, 0.7), lognormal())


def _slow_and_late(plan: Plan, seed: int, chance: random.Random) -> StageEvidence:
    late = Conditions(hub_lateness_s=chance.uniform(0.05, 1.0))
    return simulate(plan, seed=seed, conditions=late, canary=lognormal(scale=10))


def _without(
    intervals: Callable[[Sequence[Interval], random.Random], Sequence[Interval]],
) -> Happens:
    def evidence(plan: Plan, seed: int, chance: random.Random) -> StageEvidence:
        whole = simulate(plan, seed=seed)
        return replace(whole, intervals=tuple(intervals(whole.intervals, chance)))

    return evidence


def _one_gone(intervals: Sequence[Interval], chance: random.Random) -> Sequence[Interval]:
    gone = chance.randrange(len(intervals))
    return [*intervals[:gone], *intervals[gone + 1 :]]


def _one_twice(intervals: Sequence[Interval], chance: random.Random) -> Sequence[Interval]:
    twice = chance.randrange(len(intervals))
    return [*intervals[: twice + 1], *intervals[twice:]]


def _canary_left_out(intervals: Sequence[Interval], chance: random.Random) -> Sequence[Interval]:
    since = chance.randrange(len(intervals) // 2)
    return [*intervals[:since], *map(_without_canary, intervals[since:])]


def _without_canary(interval: Interval) -> Interval:
    kept = {tag: histogram for tag, histogram in interval.histograms.items() if tag.variant != "canary"}
    return replace(interval, histograms=kept)


def _cut(plan: Plan, seed: int, chance: random.Random) -> StageEvidence:
    stage = plan.stages[0]
    number = chance.randrange(1, int(stage.duration_s / stage.interval_s) - 1)
    return cut_short(simulate(plan, seed=seed), number * stage.interval_s)


def _unfinished(plan: Plan, seed: int, chance: random.Random) -> StageEvidence:
    return replace(simulate(plan, seed=seed), finished=None, events=())


def _stall(plan: Plan, chance: random.Random) -> Service:
    """A pause of a few seconds that both variants share, as a database or a network makes."""
    start_s, length_s = chance.uniform(5, 30), chance.uniform(0.2, 1.5)
    steady = lognormal()

    def answer(rng: np.random.Generator, due_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        times_s, ok = steady(rng, due_s)
        waits_s = np.where((due_s >= start_s) & (due_s < start_s + length_s), start_s + length_s - due_s, 0.0)
        return times_s + waits_s, ok

    return answer


_KINDS = (
    _Kind("both answer only errors", Truth.UNFIT, _both(lambda *_: lognormal(error_rate=1.0))),
    _Kind("both fail alike", Truth.GOOD, _both(lambda _, c: lognormal(error_rate=c.uniform(0.03, 0.5)))),
    _Kind("both are slow", Truth.GOOD, _both(lambda _, c: lognormal(scale=c.uniform(6, 40)))),
    _Kind("both refuse from some second on", Truth.UNFIT, _both(_refusing)),
    _Kind("both pause for a moment", Truth.GOOD, _both(_stall)),
    _Kind("the canary is slow", Truth.BAD, _canary(lambda _, c: lognormal(scale=c.uniform(8, 40)))),
    _Kind("the canary fails", Truth.BAD, _canary(lambda _, c: lognormal(error_rate=c.uniform(0.1, 1)))),
    _Kind("the canary refuses from some second on", Truth.BAD, _canary(_refusing)),
    _Kind(
        "the canary takes ten times as long and the generator is late",
        Truth.UNFIT,
        _slow_and_late,
    ),
    _Kind("the generator is late", Truth.UNFIT, _around(hub_lateness_s=lambda c: c.uniform(0.05, 2))),
    _Kind("the generator's CPU is used up", Truth.UNFIT, _around(generator_cpu=lambda c: c.uniform(0.96, 1))),
    _Kind("a window is missing", Truth.UNFIT, _without(_one_gone)),
    _Kind("a window is there twice", Truth.UNFIT, _without(_one_twice)),
    _Kind("no window of the canary from some second on", Truth.UNFIT, _without(_canary_left_out)),
    _Kind("the stage ends early", Truth.UNFIT, _cut),
    _Kind("the stage has no end", Truth.UNFIT, _unfinished),
    _Kind("nothing is wrong", Truth.GOOD, lambda plan, seed, _: simulate(plan, seed=seed)),
)
