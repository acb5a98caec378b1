"""One simulated stage put before the judge; a trial is a value, so that processes can share the work."""

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing import get_context

import numpy as np

from harness.judge.across_runs.linearized import log_density
from harness.judge.outcome import Outcome
from harness.judge.stage import judge_stage
from harness.judge.stats.position import position_at_count, value_at_us
from harness.judge.view import StageView
from harness.plan.model import Plan
from harness.record.evidence import StageEvidence
from harness.record.histograms.grid import COUNTS
from harness.record.histograms.tag import Kind, Tag
from tests.acceptance.other_rules import RULES
from tests.acceptance.pods import ENDPOINT, INTERVAL_S, Side, plan_of, stage_evidence
from tests.judge.looks import early_fail

MANY_PODS, ONE_POD = Side(19, 6460.0), Side(1, 340.0)


@dataclass(frozen=True)
class Trial:
    """What to simulate and what to hold it to; `seed` makes repetitions differ."""

    world: str
    criteria: tuple[str, ...]
    baseline: Side = MANY_PODS
    canary: Side = ONE_POD
    plan: dict[str, object] = field(default_factory=dict)
    disturbance: str | None = None
    seed: int = 0


@dataclass(frozen=True)
class Result:
    """The outcome of the stage and of its first criterion, and when an alarm sounded (s into the stage)."""

    stage: str
    first: str
    alarm_s: float | None = None


def run(trial: Trial) -> Result:
    """Simulate and judge at the end."""
    verdict = judge_stage(*_simulated(trial))
    return Result(str(verdict.outcome), str(verdict.findings[0].outcome))


def run_early(trial: Trial) -> Result:
    """Simulate, judge at the end, and look all along."""
    plan, evidence = _simulated(trial)
    verdict, early = judge_stage(plan, evidence), early_fail(plan, evidence)
    return Result(str(verdict.outcome), str(verdict.findings[0].outcome), early.at_s if early else None)


def run_gross(trial: Trial) -> Result:
    """Simulate and listen to the built-in alarm alone."""
    stretch = StageView(*_simulated(trial)).aggregate.watch.gross
    return Result("", "", stretch.until_s if stretch else None)


def run_rules(trial: Trial) -> dict[str, bool]:
    """Simulate, and say for the judge and for each other rule whether it rolls back."""
    plan, evidence = _simulated(trial)
    judged = judge_stage(plan, evidence).outcome is Outcome.FAIL
    return {"judge": judged} | {name: rule(evidence) for name, rule in RULES.items()}


def _simulated(trial: Trial) -> tuple[Plan, StageEvidence]:
    plan = plan_of(list(trial.criteria), **trial.plan)
    seed = (20260108, trial.seed)
    sides = trial.baseline, trial.canary
    return plan, stage_evidence(plan, trial.world, *sides, seed, trial.disturbance)


def naive_peeking_alarms(trial: Trial) -> bool:
    """Whether a test that takes requests as independent, looking every interval, calls the canary slower.

    ln of the ratio of the p95s against its textbook error, at 1 %, from the sixth interval on.
    """
    _, evidence = _simulated(trial)
    pooled = {name: np.zeros(COUNTS, dtype=np.int64) for name in ("baseline", "canary")}
    for number, interval in enumerate(evidence.intervals):
        for name, counts in pooled.items():
            interval.histograms[Tag(name, Kind.RESPONSE, ENDPOINT)].add_to(counts)
        if number * INTERVAL_S >= 50 and _naive_z(pooled["baseline"], pooled["canary"]) > 2.326:
            return True
    return False


def _naive_z(baseline: np.ndarray, canary: np.ndarray) -> float:
    logs, variance = [], 0.0
    for counts in (baseline, canary):
        cumulated = np.cumsum(counts)
        position = position_at_count(cumulated, 0.95 * float(cumulated[-1]))
        logs.append(np.log(value_at_us(position)))
        variance += 0.95 * 0.05 / (float(cumulated[-1]) * log_density(cumulated, position) ** 2)
    return float((logs[1] - logs[0]) / np.sqrt(variance))


def repeated(trial: Trial, times: int) -> list[Trial]:
    """The same trial with different seeds."""
    return [replace(trial, seed=seed) for seed in range(times)]


@contextmanager
def workers() -> Iterator[ProcessPoolExecutor]:
    """Processes to run trials in, at lower priority than everything else."""
    with ProcessPoolExecutor(
        max_workers=min(4, os.cpu_count() or 1),
        mp_context=get_context("spawn"),
        initializer=os.nice,
        initargs=(5,),
    ) as pool:
        yield pool


def share(outcomes: Iterable[bool]) -> float:
    """The share of true ones."""
    seen = list(outcomes)
    return sum(seen) / len(seen)
