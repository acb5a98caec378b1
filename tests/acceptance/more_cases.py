"""Further figures the judge has to keep: other disturbances, changes in mid-stage, one endpoint of twenty."""

import math
from dataclasses import dataclass, replace

from scipy.stats import beta

from harness.judge.stage import judge_stage
from tests.acceptance.cases import PROMISES, Case, Check
from tests.acceptance.disturbances import KINDS, Disturbed, run_disturbed
from tests.acceptance.endpoints import evidence_of, twenty
from tests.acceptance.pods import Episode, plan_of
from tests.acceptance.trial import ONE_POD, Result, Trial, run, share


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
    seed: int = 0


def run_one_of_twenty(trial: OneOfTwenty) -> Result:
    plan = plan_of(["error rate < 1%"], per_s=1000, weight="50%")
    evidence = evidence_of(plan, "S1", twenty(1000, 0.5, scale=trial.scale), (12, trial.seed))
    verdict = judge_stage(plan, evidence)
    return Result(str(verdict.outcome), str(verdict.findings[0].outcome))


FROM_MINUTE_5 = Trial("S1", PROMISES, canary=replace(ONE_POD, scale=1.25, slower_from_s=300.0))
ERRORS = Trial("S1", PROMISES, canary=replace(ONE_POD, episodes=(Episode(180.0, 900.0, error_rate=0.003),)))

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
    Case("15", "p95 +25 % from minute 5 on", "found ≥ 80 %", (FROM_MINUTE_5,), 200, 4, found(80), run),
    Case(
        "15", "errors 0.3 % from minute 3 on, limit 0.1 %", "found ≥ 95 %", (ERRORS,), 200, 3, found(95), run
    ),
    Case(
        "16",
        "one of 20 endpoints p95 +50 %, 2 % of 1,000/s, ten pods",
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
)
