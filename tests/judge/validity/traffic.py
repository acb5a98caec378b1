"""A stage of real traffic, as its log and its windows tell it."""

from dataclasses import replace

from harness.plan.loader import parse_plan
from harness.record.evidence_source import EvidenceSource
from harness.record.probes import LogProbe
from tests.judge.judged import REQUESTS
from tests.judge.simulator import STARTED_S, plan_of, simulate

SENT = plan_of(REQUESTS)


def traffic_plan(weight="50%", settle="2s", client=None):
    stage = SENT.stages[0]
    return parse_plan(
        "service: tasks\n"
        "traffic:\n"
        f"  access_log: {{path: a.log, format: combined, settle: {settle}, "
        f"{f'client: {client}, ' if client else ''}"
        "variant: {field: upstream_addr, canary: ['b:1']}}\n"
        f"judge: {{block: {SENT.judge.block_s:g}s, warmup: {SENT.judge.warmup_s:g}s}}\n"
        "stages:\n"
        f"  - {{name: {stage.name}, weight: {weight}, duration: {stage.duration_s:g}s, "
        f"interval: {stage.interval_s:g}s, criteria: [error rate < 1%]}}\n"
    )


def probe(number, **figures):
    interval_s = SENT.stages[0].interval_s
    steady = {
        "lines": 200,
        "unread": 0,
        "late": 0,
        "astray": 0,
        "unrouted": 0,
        "retried": 0,
        "by_file": (100, 100),
        "lags_s": (0.05, 0.01),
        "cpu": 0.02,
        "memory_bytes": 5e7,
    }
    end_s = STARTED_S + (number + 1) * interval_s
    return LogProbe(t_s=end_s, stage=SENT.stages[0].name, interval_s=interval_s, **steady | figures)


def traffic(changed=None, **every):
    """Return the evidence of a stage; `changed` has figures by interval, `every` those of all."""
    stage = SENT.stages[0]
    numbers = range(round(stage.duration_s / stage.interval_s))
    probes = tuple(probe(n, **{**every, **(changed or {}).get(n, {})}) for n in numbers)
    return replace(simulate(SENT), probes=probes, source=EvidenceSource.ACCESS_LOG)
