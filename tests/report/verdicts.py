"""Verdicts made by hand, for what the simulator would need luck to produce."""

from dataclasses import replace
from typing import Any

from harness.judge.finding import Better, Finding, Result, Subject
from harness.judge.outcome import Outcome
from harness.judge.validity.generator import ON_TIME
from harness.judge.verdict import StageVerdict, Verdict

SCRIPT = (
    "<script>alert('x')</script> \"quoted\" & | pipes | `ticks` *stars* "
    "\x1b[31m\x00 @everyone שלום \u202eevil"
)


def finding(
    subject: Subject | str,
    outcome: Outcome,
    numbers: tuple[float | None, float | None, str, float | None, float | None],
    reason: str,
    better: Better | None = "lower",
    **more: Any,
) -> Finding:
    """Make a finding; the numbers are observed, limit, unit, lower and upper."""
    observed, limit, unit, lower, upper = numbers
    about = Subject.of_criterion(subject) if isinstance(subject, str) else subject
    return Result(
        outcome=outcome,
        reason=reason,
        better=better,
        observed=observed,
        limit=limit,
        unit=unit,
        lower=lower,
        upper=upper,
        **{"n": 42_000, **more},
    ).of(about)


P95 = finding(
    "p95 < 150ms", Outcome.FAIL, (171.2, 150.0, "ms", 170.3, 172.1), "The canary's p95 was 171.2 ms."
)
ERRORS = finding("error rate < 0.1%", Outcome.PASS, (0.012, 0.1, "%", 0.008, 0.019), "Few failed.")
HEALTH = Result.plain(Outcome.PASS, "All 23 health checks passed.", 23).of(
    Subject.of_criterion("health checks passing")
)
DEGRADED = finding(
    "no performance degradation",
    Outcome.INCONCLUSIVE,
    (6.1, 10.0, "%", -1.0, 13.0),
    "Not decided yet.",
    relative=True,
)
LATE = finding(ON_TIME, Outcome.INVALID, (40.0, 25.0, "ms", 40.0, 40.0), "The generator was late.", n=9)


def stage(name: str, outcome: Outcome, *findings: Finding) -> StageVerdict:
    return StageVerdict(
        name=name,
        weight=0.5,
        outcome=outcome,
        requests={"baseline": 42_000, "canary": 42_000},
        planned_rate=7000.0,
        achieved_rate=6998.7,
        lateness_us={"p50": 50, "p95": 100, "p99": 300, "max": 900},
        dropped=0,
        findings=findings,
    )


FAILED = Verdict(
    Outcome.FAIL,
    "Stage canary-50 failed: p95 < 150ms. The canary's p95 was 171.2 ms.",
    (
        stage("canary-25", Outcome.PASS, ERRORS, HEALTH),
        stage("canary-50", Outcome.FAIL, ERRORS, P95, DEGRADED),
    ),
    ("canary-75", "canary-100"),
)
PASSED = Verdict(
    Outcome.PASS, "1 stage passed; every criterion held.", (stage("canary-25", Outcome.PASS, ERRORS),)
)
UNDECIDED = Verdict(
    Outcome.INCONCLUSIVE, "Not decided.", (stage("canary-25", Outcome.INCONCLUSIVE, DEGRADED),)
)
INVALID = Verdict(Outcome.INVALID, "Not to be trusted.", (stage("canary-25", Outcome.INVALID, LATE, ERRORS),))
NOTHING = Verdict(Outcome.INVALID, "Nothing was judged.", ())
HOSTILE = Verdict(
    Outcome.FAIL,
    SCRIPT,
    (stage("canary-25", Outcome.FAIL, replace(P95, criterion=f"{SCRIPT}: p95 < 5ms", reason=SCRIPT * 200)),),
    (SCRIPT,),
)
EVERY = {
    "passed": PASSED,
    "failed": FAILED,
    "undecided": UNDECIDED,
    "invalid": INVALID,
    "nothing": NOTHING,
    "hostile": HOSTILE,
}
