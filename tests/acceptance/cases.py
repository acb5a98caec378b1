"""What the judge must be able to do, as figures: simulated stages, a requirement, and what was measured."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from statistics import median

from scipy.special import betaincinv

from harness.judge.planning.draws import QuantileChange, planned_blocks, share_of
from harness.judge.planning.draws import failures as failing_draws
from harness.judge.planning.draws import passes as passing_draws
from harness.judge.planning.later import found_by_s
from harness.judge.planning.noise import TYPICAL, RatioNoise
from harness.judge.windows.boundary import LATENCIES
from harness.judge.windows.design import StageDesign
from tests.acceptance.courses import A_DAY, ERRORS, UNSEEN
from tests.acceptance.courses import SHIFTS as SHIFTS_OF_SERVICES
from tests.acceptance.pods import MEDIAN_S, SIGMA, Episode, Side, plan_of
from tests.acceptance.trial import (
    MANY_PODS,
    ONE_POD,
    Result,
    Trial,
    naive_peeking_alarms,
    run,
    run_early,
    run_gross,
    run_rules,
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


def few_stages_fail(percent: float) -> Check:
    def check(results: list[Result]) -> tuple[str, bool]:
        failed, passed = (sum(result.stage == outcome for result in results) for outcome in ("fail", "pass"))
        low, high = exact_interval(failed, len(results))
        words = (
            f"{failed} of {len(results)} [{low:.1f}–{high:.1f} %], pass {100 * passed / len(results):.0f} %"
        )
        return words, within_chance(100 * failed / len(results), percent, results)

    return check


def exact_interval(hits: int, n: int) -> tuple[float, float]:
    """The 95 % interval of Clopper and Pearson, in percent."""
    low = betaincinv(hits, n - hits + 1, 0.025) if hits else 0.0
    high = betaincinv(hits + 1, n - hits, 0.975) if hits < n else 1.0
    return 100 * float(low), 100 * float(high)


def found_within(fails_percent: float, minutes: float, stage_s: float = 900.0) -> Check:
    """Stages failed, and when; what no look found is found at the end of the stage."""

    def check(results: list[Result]) -> tuple[str, bool]:
        failed = 100 * fails(results)
        typical = median(stage_s if result.alarm_s is None else result.alarm_s for result in results) / 60
        words = f"fail {failed:.1f} %, median {typical:.1f} min"
        return words, failed >= fails_percent and typical <= minutes

    return check


def found_as_planned(fails_percent: float) -> Check:
    """Stages failed, and as soon as the planner says of a slowdown from hour 10 of a day on."""

    def check(results: list[Result]) -> tuple[str, bool]:
        plan = plan_of(["p95 <= baseline + 10%"], **A_DAYS_PLAN)
        change = QuantileChange(0.95, 0.10, 0.25)
        said_s = found_by_s(StageDesign(plan, plan.stages[0]), change, TYPICAL, 36_000.0)
        words, holds = found_within(fails_percent, said_s / 60, stage_s=86_400.0)(results)
        return f"{words}, promised by {said_s / 60:.0f} min", holds

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


PLANS = ((5, 50, 0.8), (30, 10, 0.7), (100, 10, 0.4), (1000, 5, 0.22), (7000, 5, 0.18))
"""Requests a second, the canary's percent, and how much slower a canary is that is often found."""
# What `harness calibrate` measures in these worlds: the blocks of an AR(1) of seconds resemble each other.
WANDERING = {"S0": RatioNoise(0.0, correlation=0.0), "S1.3": RatioNoise(0.0134**2 * 900, 0.19, sigma=0.61)}
POINTS = {"S0": 5, "S1.3": 10}


def planned(per_s: float, weight: int, world: str, real: float) -> Trial:
    """A stage of 15 minutes of a service of this size."""
    return Trial(
        world,
        ("p95 <= baseline + 10%",),
        baseline=Side(1 if world == "S0" else 19, per_s * (100 - weight) / 100),
        canary=Side(1, per_s * weight / 100, scale=1 + real),
        plan={"per_s": per_s, "weight": f"{weight}%"},
    )


def promised(trial: Trial, noise: RatioNoise, outcome: str) -> float:
    """What the planner says of this stage."""
    plan = plan_of(list(trial.criteria), **trial.plan)
    design = StageDesign(plan, plan.stages[0])
    blocks, change = planned_blocks(design), QuantileChange(0.95, 0.10, trial.canary.scale - 1)
    if outcome == "pass":
        return share_of(passing_draws(blocks, change, noise))
    return share_of(
        failing_draws(blocks, change, noise, design.budget.at_the_end(LATENCIES), design.disturbance_s)
    )


def as_promised(trial: Trial, world: str, outcome: str) -> Check:
    def check(results: list[Result]) -> tuple[str, bool]:
        found = share(result.first == outcome for result in results)
        said = promised(trial, WANDERING[world], outcome)
        chance = 2 * math.sqrt(max(said * (1 - said), 0.01) / len(results))
        holds = 100 * abs(found - said) <= POINTS[world] + 100 * chance
        return f"{100 * found:.0f} %, promised {100 * said:.0f} %", holds

    return check


def planned_cases() -> Iterator[Case]:
    """Plans from 5 to 7,000 requests a second: an unchanged canary, and one that is often found."""
    for world, points in POINTS.items():
        for per_s, weight, real in PLANS:
            for what, outcome, change in (
                ("unchanged: pass", "pass", 0.0),
                (f"+{real:.0%}: fail", "fail", real),
            ):
                trial = planned(per_s, weight, world, change)
                yield Case(
                    "12",
                    f"planner, {per_s:,} req/s, {weight} %, {world}, {what}",
                    f"within {points} points, two standard errors",
                    (trial,),
                    100,
                    5 if (per_s, world, outcome) == (100, "S0", "fail") else 0,
                    as_promised(trial, world, outcome),
                )


P95_MS = 1000 * MEDIAN_S * math.exp(SIGMA * 1.6449 + 0.14**2 * 1.6449 / (2 * SIGMA))
"""Of all requests of a world that wanders: the levels' scatter widens the latencies."""
A_DAYS_PLAN = {"minutes": 1440, "interval": "60s", "block": "60s"}
BESIDE_OTHERS = {
    "good canary, S1: rolled back": (Trial("S1", PROMISES),),
    "good canary, bursty S2: rolled back": (Trial("S2", PROMISES),),
    "good canary, any disturbance of services: rolled back": tuple(
        Trial("S1", PROMISES, disturbance=name) for name in SHIFTS_OF_SERVICES
    ),
    "p95 +25 %, S1: rolled back": (Trial("S1", PROMISES, canary=replace(ONE_POD, scale=1.25)),),
    "errors 0.2 %, S1: rolled back": (Trial("S1", PROMISES, canary=replace(ONE_POD, error_rate=0.002)),),
}


def rolled_back(results: list[dict[str, bool]]) -> tuple[str, bool]:
    """What each rule does; nothing is required of the others."""
    shares = {name: 100 * share(result[name] for result in results) for name in results[0]}
    return ", ".join(f"{name} {percent:.0f} %" for name, percent in shares.items()), True


HALVES = {"baseline": Side(10, 3400.0), "canary": Side(10, 3400.0), "plan": {"weight": "50%"}}
EQUALS = {"baseline": Side(1, 340.0), "plan": {"weight": "50%", "per_s": 680}}

CASES = (
    Case(
        "1",
        "good canary, 4 criteria, looks all along",
        "≤ 1 % of stages failed",
        (four_criteria("S1", 150), four_criteria("S2", 200)),
        200,
        2,
        no_stage_fails_over(1.0),
    ),
    Case(
        "2",
        "slower by exactly the tolerance, S1",
        "fail ≤ 1 %, pass ≤ 5 %, two standard errors",
        (p95_trial("S1", 10, 1.1),),
        200,
        0,
        at_most(1, 5),
    ),
    Case(
        "2",
        "slower by exactly the tolerance, one pod each, S3",
        "fail ≤ 4 %, pass ≤ 12 %",
        (p95_trial("S3", 10, 1.1, **EQUALS),),
        200,
        0,
        at_most(4, 12),
    ),
    Case(
        "3",
        "p95 +25 %, tolerance 10 %, S1",
        "fail ≥ 95 %, median ≤ 12 min",
        (p95_trial("S1", 10, 1.25),),
        200,
        0,
        found_within(95, 12),
        run_early,
    ),
    *(
        Case(
            "3",
            f"p95 +{percent} %, tolerance 10 %, one pod that wanders by 1.3 %{length}",
            f"fail ≥ {least} %",
            (p95_trial("S1.3", 10, 1 + percent / 100, plan={"minutes": minutes}),),
            200,
            few,
            fails_at_least(least),
        )
        for percent, least, minutes, length, few in (
            (25, 95, 15, "", 6),
            (20, 90, 15, "", 0),
            (15, 50, 15, "", 0),
            (15, 80, 25, ", 25 min", 0),
        )
    ),
    Case(
        "3",
        "p95 +25 % from minute 5 on, S1.3",
        "fail ≥ 80 %",
        (p95_trial("S1.3", 10, 1.25, canary=replace(ONE_POD, slower_from_s=300.0)),),
        200,
        2,
        fails_at_least(80),
    ),
    Case(
        "4",
        "p95 +10 %, no tolerance, S1",
        "fail ≥ 80 %",
        (p95_trial("S1", 0, 1.1),),
        200,
        0,
        fails_at_least(80),
    ),
    Case(
        "4",
        "p95 +10 %, tolerance 5 %, 10 pods each, S1",
        "fail ≥ 90 %",
        (p95_trial("S1", 5, 1.1, **HALVES),),
        200,
        2,
        fails_at_least(90),
    ),
    Case(
        "4",
        "p95 +10 %, tolerance 5 %, one pod, 40 min, S1",
        "fail ≥ 85 %",
        (p95_trial("S1", 5, 1.1, plan={"minutes": 40}),),
        200,
        0,
        fails_at_least(85),
    ),
    Case(
        "5",
        "good canary, tolerance 10 %, S1",
        "pass ≥ 95 %",
        (p95_trial("S1", 10, 1.0),),
        200,
        2,
        passes_at_least(95),
    ),
    Case(
        "5",
        "good canary, tolerance 10 %, bursty S2",
        "fail ≤ 1 %, inconclusive ≥ 40 %",
        (p95_trial("S2", 10, 1.0),),
        200,
        0,
        undecided(1, 40),
    ),
    Case(
        "6",
        "p95 +2 %, tolerance 5 %, S1",
        "fail ≤ 1 %",
        (p95_trial("S1", 5, 1.02),),
        200,
        2,
        at_most(1, 100),
    ),
    Case("7", "errors 0.01 %, limit 0.1 %", "pass ≥ 99 %", (errors(0.0001),), 300, 30, passes_at_least(99)),
    Case(
        "7",
        "errors 0.1 %, limit 0.1 %, independent",
        "fail ≤ 1 %, pass ≤ 5 %, two standard errors",
        (errors(0.001),),
        200,
        0,
        at_most(1, 5),
    ),
    Case(
        "7",
        "errors 0.1 %, limit 0.1 %, bursty",
        "fail ≤ 1 %, pass ≤ 5 %, two standard errors",
        (errors(0.001, bursty=True),),
        200,
        0,
        at_most(1, 5),
    ),
    Case(
        "7",
        "errors 0.2 %, limit 0.1 %, independent",
        "fail ≥ 99 %, median ≤ 560 s",
        (errors(0.002),),
        200,
        0,
        sees_errors_within(99, 560),
        run_early,
    ),
    Case(
        "7",
        "errors 0.2 %, limit 0.1 %, bursty",
        "fail ≥ 70 %",
        (errors(0.002, bursty=True),),
        200,
        0,
        fails_at_least(70),
    ),
    Case(
        "7",
        "errors 1 %, limit 0.1 %",
        "fail ≥ 99 %, median ≤ 120 s",
        (errors(0.01),),
        100,
        0,
        sees_errors_within(99, 120),
        run_early,
    ),
    Case(
        "9",
        "p95 × 2 from mid-stage, S0–S2",
        "seen in ≤ 190 s (median)",
        tuple(jump(world, 2.0) for world in ("S0", "S1", "S2")),
        60,
        0,
        sounds_within(190, 450),
        run_gross,
    ),
    Case(
        "9",
        "p95 × 3 from mid-stage, S0–S2",
        "seen in ≤ 160 s (median)",
        tuple(jump(world, 3.0) for world in ("S0", "S1", "S2")),
        60,
        0,
        sounds_within(160, 450),
        run_gross,
    ),
    Case(
        "9",
        "gross alarm on a good canary, S0–S2",
        "≤ 1 % of stages",
        tuple(jump(world, 1.0) for world in ("S0", "S1", "S2")),
        150,
        2,
        sounds_falsely(1),
        run_gross,
    ),
    Case(
        "9",
        "gross alarm on a good canary, one pod each, S3",
        "≤ 2 % of stages",
        (p95_trial("S3", 10, 1.0, **EQUALS),),
        200,
        0,
        sounds_falsely(2),
        run_gross,
    ),
    *planned_cases(),
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
        1,
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
        1,
        no_stage_fails_over(1.0),
    ),
    Case(
        "13",
        "good canary, 20 % errors for 180 s in both variants",
        "≤ 1 % of stages failed",
        starting(100.0, 500.0, lasts_s=180.0, common=True, error_rate=0.2),
        100,
        1,
        no_stage_fails_over(1.0),
    ),
    Case(
        "13",
        "good canary, half the errors the limit grants in one minute",
        "≤ 1 % of stages failed",
        starting(0.0, 500.0, lasts_s=60.0, common=False, error_rate=0.0075),
        100,
        1,
        no_stage_fails_over(1.0),
    ),
    *(
        Case(
            "14",
            f"good canary, {name}",
            "≤ 1 % of stages failed, two standard errors",
            (Trial("S1", PROMISES, disturbance=name),),
            200 if name not in UNSEEN else 300,
            1 if number % 6 == 0 else 0,
            few_stages_fail(1.0),
        )
        for number, name in enumerate((*SHIFTS_OF_SERVICES, *UNSEEN, *ERRORS))
    ),
    Case(
        "15",
        "exactly +10 %, 15 to 100 req/s",
        "pass ≤ 5 %, two standard errors",
        tuple(
            Trial(
                "S1.3",
                ("p95 <= baseline + 10%",),
                baseline=Side(19, 0.9 * per_s),
                canary=Side(1, 0.1 * per_s, scale=1.1),
                plan={"per_s": per_s, "weight": "10%"},
            )
            for per_s in (15, 30, 50, 100)
        ),
        100,
        0,
        at_most(1, 5),
    ),
    *(
        Case(
            "15",
            f"good canary of {per_s} req/s, 10 %, 15 min",
            f"pass ≥ {least} %",
            (
                Trial(
                    "S1.3",
                    ("p95 <= baseline + 10%",),
                    baseline=Side(19, 0.9 * per_s),
                    canary=Side(1, 0.1 * per_s),
                    plan={"per_s": per_s, "weight": "10%"},
                ),
            ),
            200,
            0,
            passes_at_least(least),
        )
        for per_s, least in ((50, 85), (100, 95))
    ),
    Case(
        "15",
        "p95 exactly at an absolute limit",
        "fail ≤ 1 %, pass ≤ 5 %, two standard errors",
        (Trial("S1.3", (f"p95 <= {P95_MS:.1f}ms",)),),
        200,
        0,
        at_most(1, 5),
    ),
    Case(
        "16",
        f"good canary, {A_DAY}, looks all along",
        "0 stages failed",
        (
            Trial("day", ("p95 <= baseline + 10%", "error rate < 0.1%"), plan=A_DAYS_PLAN, disturbance=A_DAY),
            Trial(
                "day",
                ("p95 < 300ms", "error rate < 0.1%"),
                plan=A_DAYS_PLAN | {"weight": "100%"},
                disturbance=A_DAY,
            ),
        ),
        15,
        0,
        no_stage_fails_over(0.0),
    ),
    Case(
        "16",
        "p95 +25 % from hour 10 on, the same day",
        "fail ≥ 90 %, median by the time the planner says",
        (
            Trial(
                "day",
                ("p95 <= baseline + 10%",),
                canary=replace(ONE_POD, scale=1.25, slower_from_s=36000.0),
                plan=A_DAYS_PLAN,
                disturbance=A_DAY,
            ),
        ),
        15,
        0,
        found_as_planned(90),
        run_early,
    ),
    *(
        Case(
            "17",
            what,
            "beside others",
            trials,
            100,
            1 if number == 0 else 0,
            rolled_back,
            run_rules,
        )
        for number, (what, trials) in enumerate(BESIDE_OTHERS.items())
    ),
    Case(
        "10",
        "contrast: requests taken as independent, peeking every 10 s, good canary, S1",
        "false alarms > 50 %",
        (p95_trial("S1", 0, 1.0),),
        200,
        2,
        most_alarm,
        naive_peeking_alarms,
    ),
)
