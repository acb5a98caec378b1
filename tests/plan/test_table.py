"""The table of stages."""

from harness.plan.loader import parse_plan
from harness.plan.table import COLUMNS, rows_of

PLAN = """\
service: tasks
targets: embedded
load: {arrival_rate: 7000/s}
judge: {block: 10s, warmup: 10s}
rollback: [error rate > 10% for 1m]
stages:
  - name: a
    weight: 5%
    duration: 15m
    criteria: [p95 < 150ms, system stable]
    endpoints: {GET /tasks: [p99 < 1s]}
    rollback: [error rate > 1% for 1m]
  - {name: b, weight: 100%, duration: 100s, arrival_rate: 70/s, criteria: [p95 < 150ms]}
"""


def test_a_row_is_a_stage_as_people_read_it():
    first, second = rows_of(parse_plan(PLAN))
    assert dict(zip(COLUMNS, first.cells(), strict=True)) == {
        "stage": "a",
        "weight": "5%",
        "rate": "7000/s",
        "duration": "15m",
        "interval": "10s",
        "canary requests": "315,000",
        "criteria": "p95 < 150ms\nsystem stable\nGET /tasks: p99 < 1s",
        "triggers": "error rate > 1% for 1m\nerror rate > 10% for 1m",
    }
    assert (first.requests, first.blocks, first.warmup_s) == (6_300_000, 89, 10.0)
    assert (second.requests, second.canary_requests, second.rate_per_s) == (7_000, 7_000, 70.0)


def test_a_scaled_plan_has_figures_of_four_digits():
    assert rows_of(parse_plan(PLAN, time_scale=7))[0].cells()[4] == "1429ms"
