"""Further figures the judge has to keep: other disturbances, changes in mid-stage, one endpoint of twenty."""

import math
from dataclasses import dataclass, replace

from scipy.stats import beta

from harness.judge.stage import judge_stage
from tests.acceptance.cases import PROMISES, Case, Check, few_stages_fail
from tests.acceptance.disturbances import KINDS, Disturbed, run_disturbed
from tests.acceptance.endpoints import evidence_of, twenty
from tests.acceptance.pods import Endpoint, Episode, plan_of
from tests.acceptance.trial import MANY_PODS, ONE_POD, Result, Trial, run, share
from tests.acceptance.troubles import KINDS as TROUBLES
from tests.acceptance.troubles import Troubled, run_troubled


def seldom(percent: float) -> Check:
    """Stages failed, with the upper end of the exact 95 % interval (Clopper & Pearson 1934)."""

    def check(results: list[Result]) -> tuple[str, bool]:
        failed, n = sum(result.stage == "fail" for result in results), len(results)
        most = 1.0 if failed == n else float(beta.ppf(0.975, failed + 1, n - failed))
        return f"{failed} of {n} (at most {100 * most:.1f} %)", 100 * failed <= percent * n

    return check


def found(percent: float) -> Check:
    """Stages failed; below the required share by no more than two standard errors."""

    def check(results: list[Result]) -> tuple[str, bool]:
        seen = 100 * share(result.stage == "fail" for result in results)
        return f"{seen:.0f} %", seen >= percent - 2 * math.sqrt(percent * (100 - percent) / len(results))

    return check


@dataclass(frozen=True)
class OneOfTwenty:
    """One endpoint with 2 % of 1,000 requests a second is slower; no criterion speaks of it."""

    scale: float
    percent: int = 50
    """Of the requests that go to the canary; one pod on either side."""
    seed: int = 0


def run_one_of_twenty(trial: OneOfTwenty) -> Result:
    plan = plan_of(["error rate < 1%"], per_s=1000, weight=f"{trial.percent}%")
    endpoints = twenty(1000, trial.percent / 100, scale=trial.scale)
    evidence = evidence_of(plan, "S1", endpoints, (12, trial.seed))
    verdict = judge_stage(plan, evidence)
    return Result(str(verdict.outcome), str(verdict.findings[0].outcome))


FROM_MINUTE_5 = Trial("S1", PROMISES, canary=replace(ONE_POD, scale=1.25, slower_from_s=300.0))
ERRORS = Trial("S1", PROMISES, canary=replace(ONE_POD, episodes=(Episode(180.0, 900.0, error_rate=0.003),)))

LEAK = Trial(
    "S1",
    PROMISES,
    canary=replace(
        ONE_POD,
        episodes=tuple(
            Episode(60.0 * minute, 60.0 * minute + 60.0, scale=round(1 + 0.4 * (minute + 0.5) / 15, 3))
            for minute in range(15)
        ),
    ),
)
COMPARED = ("p95 <= baseline + 10%", "error rate < 0.1%")


def mixed(baseline: float, canary: float, **changes: float) -> Trial:
    """Another share of four times slower requests goes to the canary."""
    sides = [
        replace(side, endpoints=(Endpoint("/light", 1 - share), Endpoint("/heavy", share, scale=4.0)))
        for side, share in ((MANY_PODS, baseline), (replace(ONE_POD, **changes), canary))
    ]
    return Trial("S1", COMPARED, *sides)


UNTRIED = mixed(0.05, 0.05)
UNTRIED = replace(UNTRIED, canary=replace(UNTRIED.canary, endpoints=(Endpoint("/light", 1.0),)))


def with_rare_endpoint(share: float) -> Trial:
    sides = [
        replace(side, endpoints=(Endpoint("/often", 1 - share), Endpoint("/rare", share)))
        for side in (MANY_PODS, ONE_POD)
    ]
    return Trial("S1", COMPARED, *sides)


RARELY = (Trial("S1", COMPARED), with_rare_endpoint(1e-6))


def passes_alike(results: list[Result]) -> tuple[str, bool]:
    """The first half without, the second with the endpoint."""
    half = len(results) // 2
    without, beside = (
        100 * share(result.stage == "pass" for result in some) for some in (results[:half], results[half:])
    )
    chance = 200 * math.sqrt(0.5 / len(results))
    return f"pass {without:.0f} % without, {beside:.0f} % with it", abs(beside - without) <= 3 + chance


def never_decided(results: list[Result]) -> tuple[str, bool]:
    decided = sum(result.stage in ("pass", "fail") for result in results)
    return f"{decided} of {len(results)} pass or fail", not decided


MORE_CASES = (
    *(
        Case(
            "14",
            f"good canary: {kind}",
            "≤ 1 % of stages failed",
            (Disturbed(kind),),
            300,
            1,
            seldom(1.0),
            run_disturbed,
        )
        for kind in KINDS
    ),
    *(
        Case(
            "14",
            f"good canary, untuned: {kind}",
            "≤ 1 % of stages failed, two standard errors",
            (Troubled(kind),),
            300,
            0,
            few_stages_fail(1.0),
            run_troubled,
        )
        for kind in TROUBLES
    ),
    Case("15", "p95 +25 % from minute 5 on", "found ≥ 80 %", (FROM_MINUTE_5,), 200, 4, found(80), run),
    Case(
        "15", "errors 0.3 % from minute 3 on, limit 0.1 %", "found ≥ 95 %", (ERRORS,), 200, 3, found(95), run
    ),
    Case(
        "16",
        "one of 20 endpoints p95 +50 %, 2 % of 1,000/s at 50 %, one pod each",
        "found ≥ 85 %",
        (OneOfTwenty(1.5),),
        100,
        1,
        found(85),
        run_one_of_twenty,
    ),
    Case(
        "16",
        "20 endpoints, good canary",
        "≤ 1 % of stages failed",
        (OneOfTwenty(1.0),),
        100,
        1,
        seldom(1.0),
        run_one_of_twenty,
    ),
    Case(
        "16",
        "one of 20 endpoints p95 +50 %, 2 % of 1,000/s at 5 %, one pod each",
        "too few requests to promise it",
        (OneOfTwenty(1.5, percent=5),),
        100,
        0,
        found(0),
        run_one_of_twenty,
    ),
    Case(
        "16",
        "20 endpoints, good canary of 5 %",
        "≤ 1 % of stages failed",
        (OneOfTwenty(1.0, percent=5),),
        100,
        0,
        seldom(1.0),
        run_one_of_twenty,
    ),
    Case(
        "18",
        "good canary with 7 instead of 5 % slow requests, and with 5.8",
        "≤ 1 % of stages failed",
        (mixed(0.05, 0.07), mixed(0.05, 0.058)),
        100,
        1,
        seldom(1.0),
    ),
    Case(
        "18",
        "p95 +25 % hidden by 5 instead of 7 % slow requests",
        "found ≥ 90 %",
        (mixed(0.07, 0.05, scale=1.25),),
        200,
        1,
        found(90),
    ),
    Case(
        "18",
        "a canary that got no slow requests at all",
        "never a pass, never a fail",
        (UNTRIED,),
        100,
        1,
        never_decided,
    ),
    Case(
        "18",
        "an endpoint with a millionth of the requests",
        "pass rates within 3 points, two standard errors",
        RARELY,
        100,
        0,
        passes_alike,
    ),
    Case("15", "p95 that grows by 40 % over the stage", "found ≥ 60 %", (LEAK,), 200, 0, found(60)),
)
