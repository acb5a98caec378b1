"""One simulated stage, judged: what the tests of several criteria share."""

from dataclasses import replace

from harness.judge.finding import Subject
from harness.judge.planning.feasibility import Effect, limitations
from harness.judge.stage import judge_stage
from tests.judge.simulator import Conditions, plan_of, simulate

PROBES = {
    "health": "/health",
    "metrics": "/metrics",
    "prometheus": {"url": "http://127.0.0.1:9091", "alerts": 'severity="critical"'},
}
REQUESTS = ("error rate < 1%", "p95 < 150ms", "p95 <= baseline + 20%", "throughput > 150/s")
SYSTEM = ("no critical alerts", "health checks passing", "system stable", "cpu < 80%", "memory < 1GB")
LEVELS = {
    "p95": {"warning": "> 30ms", "critical": "> 200ms"},
    "memory": {"warning": "> 500MB", "critical": "> 1GB"},
}
CALM = Conditions()
FAST = {"block": "4s", "warmup": "4s"}


def certain_limitations(plan):
    """Return what a plan cannot do whatever the service does, not only in most stages."""
    usual = Effect.OFTEN_INCONCLUSIVE, Effect.SHORT_OF_USERS
    return [each for each in limitations(plan) if each.effect not in usual]


def finding(verdict, criterion):
    """Return a finding by what it is called or by what it is about."""
    title = criterion.title if isinstance(criterion, Subject) else criterion
    return next(each for each in verdict.findings if each.title == title)


def outcome_of(criterion, plan=None, conditions=CALM, **services):
    """Return the finding on a criterion of a simulated stage, by default the only one of a plan."""
    plan = plan or plan_of([criterion], probes=PROBES)
    return finding(judge_stage(plan, simulate(plan, conditions=conditions, **services)), criterion)


def with_finished(evidence, **changes):
    """Change what the end of a stage says of its arrivals."""
    return replace(evidence, finished=replace(evidence.finished, **changes))
