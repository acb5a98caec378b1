"""What the judge must be able to do, as figures: simulated stages, a requirement, and what was measured."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import median

from harness.judge.planning.noise import RatioNoise
from harness.judge.stats.power import seconds_needed
from tests.acceptance.pods import Episode, Side
from tests.acceptance.trial import (
    MANY_PODS,
    ONE_POD,
    Result,
    Trial,
    naive_peeking_alarms,
    run,
    run_early,
    run_gross,
    share,
)

Check = Callable[[list[Result]], tuple[str, bool]]


@dataclass(frozen=True)
class Case:
    """`trials` are repeated `full` times each, or `few` times in an ordinary test run."""

    number: str
    what: str
    required: str
    trials: tuple[Trial, ...]
    full: int
    few: int
    check: Check
    run: Callable[[Trial], object] = run


def fails(results: list[Result]) -> float:
    return share(result.first == "fail" for result in results)


def passes(results: list[Result]) -> float:
    return share(result.first == "pass" for result in results)


def at_least(percent: float, value: float) -> tuple[str, bool]:
    return f"{100 * value:.1f} %", 100 * value >= percent


def fails_at_least(percent: float) -> Check:
    return lambda results: at_least(percent, fails(results))


def passes_at_least(percent: float) -> Check:
    return lambda results: at_least(percent, passes(results))


def at_most(most_fails: float, most_passes: float) -> Check:
    def check(results: list[Result]) -> tuple[str, bool]:
        failed, passed = 100 * fails(results), 100 * passes(results)
        holds = within_chance(failed, most_fails, results) and within_chance(passed, most_passes, results)
        return f"fail {failed:.1f} %, pass {passed:.1f} %", holds

    return check


def within_chance(percent: float, most: float, results: list[Result]) -> bool:
    """Whether a figure is at most the required one, or above it by no more than two standard errors."""
    share = min(most, 100.0) / 100
    return percent <= most + 200 * math.sqrt(share * (1 - share) / len(results))


def no_stage_fails_over(percent: float) -> Check:
    def check(results: list[Result]) -> tuple[str, bool]:
        failed = sum(result.stage == "fail" for result in results)
        return f"{failed} of {len(results)}", 100 * failed <= percent * len(results)

    return check


def found_within(fails_percent: float, minutes: float) -> Check:
    def check(results: list[Result]) -> tuple[str, bool]:
        failed = 100 * fails(results)
        typical = median(900.0 if result.alarm_s is None else result.alarm_s for result in results) / 60
        words = f"fail {failed:.1f} %, median {typical:.1f} min"
        return words, failed >= fails_percent and typical <= minutes

    return check


def undecided(most_fails: float, least_inconclusive: float) -> Check:
    def check(results: list[Result]) -> tuple[str, bool]:
        failed, open_ = 100 * fails(results), 100 * share(r.first == "inconclusive" for r in results)
        words = f"fail {failed:.1f} %, inconclusive {open_:.1f} %"
        return words, failed <= most_fails and open_ >= least_inconclusive

    return check


def sounds_within(seconds: float, onset_s: float) -> Check:
    def check(results: list[Result]) -> tuple[str, bool]:
        delay = median(1e9 if r.alarm_s is None else r.alarm_s - onset_s for r in results)
        return f"median {delay:.0f} s", 0 < delay <= seconds

    return check


def sounds_falsely(percent: float) -> Check:
    def check(results: list[Result]) -> tuple[str, bool]:
        heard = 100 * share(result.alarm_s is not None for result in results)
        return f"{heard:.1f} %", heard <= percent

    return check


def sees_errors_within(fails_percent: float, seconds: float) -> Check:
    def check(results: list[Result]) -> tuple[str, bool]:
        failed = 100 * fails(results)
        delay = median(1e9 if r.alarm_s is None else r.alarm_s for r in results)
        return f"fail {failed:.1f} %, median {delay:.0f} s", failed >= fails_percent and delay <= seconds

    return check


def most_alarm(results: list[object]) -> tuple[str, bool]:
    alarmed = 100 * share(bool(result) for result in results)
    return f"{alarmed:.0f} %", alarmed > 50


def p95_trial(world: str, tolerance: float, scale: float, **changes: object) -> Trial:
    canary = replace(changes.pop("canary", ONE_POD), scale=scale)
    return Trial(world, (f"p95 <= baseline + {tolerance:g}%",), canary=canary, **changes)


def four_criteria(world: str, slo_ms: int) -> Trial:
    criteria = ("p95 <= baseline + 10%", f"p95 < {slo_ms}ms", "error rate < 0.1%", "error rate <= baseline")
    return Trial(world, criteria)


def errors(rate: float, *, bursty: bool = False) -> Trial:
    canary = replace(ONE_POD, error_rate=rate, bursty=bursty)
    return Trial("S0", ("error rate < 0.1%",), canary=canary)


def jump(world: str, scale: float) -> Trial:
    canary = replace(ONE_POD, scale=scale, slower_from_s=450.0)
    return Trial(world, ("error rate < 1%",), canary=canary)


PROMISES = ("p95 < 150ms", "p95 <= baseline + 10%", "error rate < 0.1%", "no performance degradation")


def disturbed(episode: Episode, *, common: bool, minutes: int = 15) -> Trial:
    """A good canary, and an episode that only it has, or both variants."""
    sides = [replace(side, episodes=(episode,)) for side in (MANY_PODS, ONE_POD)]
    baseline = sides[0] if common else MANY_PODS
    return Trial("S1", PROMISES, baseline=baseline, canary=sides[1], plan={"minutes": minutes})


def starting(*begins_s: float, lasts_s: float, common: bool, **episode: float) -> tuple[Trial, ...]:
    return tuple(disturbed(Episode(at_s, at_s + lasts_s, **episode), common=common) for at_s in begins_s)


# One criterion spends half of alpha = 1 % at the end of the stage.
PLANNED_MINUTES = math.ceil(seconds_needed(RatioNoise().variance_s, math.log(1.10 / 1.05), 0.005) / 60)

HALVES = {"baseline": Side(10, 3400.0), "canary": Side(10, 3400.0), "plan": {"weight": "50%"}}
EQUALS = {"baseline": Side(1, 340.0), "plan": {"weight": "50%", "per_s": 680}}

CASES = (
    Case(
        "1",
        "good canary, 4 criteria, looks all along",
        "≤ 1 % of stages failed",
        (four_criteria("S1", 150), four_criteria("S2", 200)),
        500,
        30,
        no_stage_fails_over(1.0),
    ),
    Case(
        "2",
        "slower by exactly the tolerance, S1",
        "fail ≤ 1 %, pass ≤ 5 %, two standard errors",
        (p95_trial("S1", 10, 1.1),),
        500,
        40,
        at_most(1, 5),
    ),
    Case(
        "2",
        "slower by exactly the tolerance, one pod each, S3",
        "fail ≤ 4 %, pass ≤ 12 %",
        (p95_trial("S3", 10, 1.1, **EQUALS),),
        500,
        80,
        at_most(4, 12),
    ),
    Case(
        "3",
        "p95 +25 %, tolerance 10 %, S1",
        "fail ≥ 95 %, median ≤ 13 min",
        (p95_trial("S1", 10, 1.25),),
        300,
        20,
        found_within(95, 13),
        run_early,
    ),
    Case(
        "4",
        "p95 +10 %, no tolerance, S1",
        "fail ≥ 80 %",
        (p95_trial("S1", 0, 1.1),),
        300,
        30,
        fails_at_least(80),
    ),
    Case(
        "4",
        "p95 +10 %, tolerance 5 %, 10 pods each, S1",
        "fail ≥ 90 %",
        (p95_trial("S1", 5, 1.1, **HALVES),),
        300,
        20,
        fails_at_least(90),
    ),
    Case(
        "4",
        "p95 +10 %, tolerance 5 %, one pod, 40 min, S1",
        "fail ≥ 85 %",
        (p95_trial("S1", 5, 1.1, plan={"minutes": 40}),),
        200,
        10,
        fails_at_least(85),
    ),
    Case(
        "5",
        "good canary, tolerance 10 %, S1",
        "pass ≥ 95 %",
        (p95_trial("S1", 10, 1.0),),
        300,
        30,
        passes_at_least(95),
    ),
    Case(
        "5",
        "good canary, tolerance 10 %, bursty S2",
        "fail ≤ 1 %, inconclusive ≥ 40 %",
        (p95_trial("S2", 10, 1.0),),
        300,
        30,
        undecided(1, 40),
    ),
    Case(
        "6",
        "p95 +2 %, tolerance 5 %, S1",
        "fail ≤ 1 %",
        (p95_trial("S1", 5, 1.02),),
        300,
        20,
        at_most(1, 100),
    ),
    Case("7", "errors 0.01 %, limit 0.1 %", "pass ≥ 99 %", (errors(0.0001),), 300, 30, passes_at_least(99)),
    Case(
        "7",
        "errors 0.1 %, limit 0.1 %, independent",
        "fail ≤ 1 %, pass ≤ 5 %, two standard errors",
        (errors(0.001),),
        500,
        60,
        at_most(1, 5),
    ),
    Case(
        "7",
        "errors 0.1 %, limit 0.1 %, bursty",
        "fail ≤ 1 %, pass ≤ 5 %, two standard errors",
        (errors(0.001, bursty=True),),
        500,
        60,
        at_most(1, 5),
    ),
    Case(
        "7",
        "errors 0.2 %, limit 0.1 %, independent",
        "fail ≥ 99 %, median ≤ 560 s",
        (errors(0.002),),
        300,
        30,
        sees_errors_within(99, 560),
        run_early,
    ),
    Case(
        "7",
        "errors 0.2 %, limit 0.1 %, bursty",
        "fail ≥ 70 %",
        (errors(0.002, bursty=True),),
        300,
        30,
        fails_at_least(70),
    ),
    Case(
        "7",
        "errors 1 %, limit 0.1 %",
        "fail ≥ 99 %, median ≤ 150 s",
        (errors(0.01),),
        100,
        20,
        sees_errors_within(99, 150),
        run_early,
    ),
    Case(
        "9",
        "p95 × 2 from mid-stage, S0–S2",
        "seen in ≤ 190 s (median)",
        tuple(jump(world, 2.0) for world in ("S0", "S1", "S2")),
        60,
        10,
        sounds_within(190, 450),
        run_gross,
    ),
    Case(
        "9",
        "p95 × 3 from mid-stage, S0–S2",
        "seen in ≤ 160 s (median)",
        tuple(jump(world, 3.0) for world in ("S0", "S1", "S2")),
        60,
        10,
        sounds_within(160, 450),
        run_gross,
    ),
    Case(
        "9",
        "gross alarm on a good canary, S0–S2",
        "≤ 1 % of stages",
        tuple(jump(world, 1.0) for world in ("S0", "S1", "S2")),
        150,
        10,
        sounds_falsely(1),
        run_gross,
    ),
    Case(
        "9",
        "gross alarm on a good canary, one pod each, S3",
        "≤ 2 % of stages",
        (p95_trial("S3", 10, 1.0, **EQUALS),),
        300,
        20,
        sounds_falsely(2),
        run_gross,
    ),
    Case(
        "12",
        f"p95 +10 %, tolerance 5 %, S1, the {PLANNED_MINUTES} min the planner asks for",
        "fail ≥ 75 %",
        (p95_trial("S1", 5, 1.1, plan={"minutes": PLANNED_MINUTES}),),
        200,
        10,
        fails_at_least(75),
    ),
    Case(
        "13",
        "good canary, p95 × 8 for 20–90 s in both variants",
        "≤ 1 % of stages failed",
        (
            *starting(0.0, 400.0, lasts_s=60.0, common=True, scale=8.0),
            *starting(200.0, lasts_s=20.0, common=True, scale=8.0),
            *starting(600.0, lasts_s=90.0, common=True, scale=8.0),
        ),
        75,
        3,
        no_stage_fails_over(1.0),
    ),
    Case(
        "13",
        "good canary, p95 × 8 for 20–60 s in the canary alone",
        "≤ 1 % of stages failed",
        (
            *starting(0.0, 400.0, lasts_s=60.0, common=False, scale=8.0),
            *starting(200.0, lasts_s=20.0, common=False, scale=8.0),
            *starting(600.0, lasts_s=45.0, common=False, scale=8.0),
        ),
        75,
        3,
        no_stage_fails_over(1.0),
    ),
    Case(
        "13",
        "good canary, 20 % errors for 180 s in both variants",
        "≤ 1 % of stages failed",
        starting(100.0, 500.0, lasts_s=180.0, common=True, error_rate=0.2),
        100,
        4,
        no_stage_fails_over(1.0),
    ),
    Case(
        "13",
        "good canary, half the errors the limit grants in one minute",
        "≤ 1 % of stages failed",
        starting(0.0, 500.0, lasts_s=60.0, common=False, error_rate=0.0075),
        100,
        4,
        no_stage_fails_over(1.0),
    ),
    Case(
        "10",
        "contrast: requests taken as independent, peeking every 10 s, good canary, S1",
        "false alarms > 50 %",
        (p95_trial("S1", 0, 1.0),),
        200,
        20,
        most_alarm,
        naive_peeking_alarms,
    ),
)
