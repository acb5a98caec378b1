from harness.judge.view import StageView
from harness.live.evaluation.levels import levels_now
from harness.plan.levels import Level
from harness.plan.loader import parse_plan
from harness.record.evidence import Interval, StageEvidence
from harness.record.probes import MetricsProbe
from tests.live.windows import window

TEXT = """
service: tasks
targets: embedded
load: {arrival_rate: 100/s}
probes: {health: /health, metrics: /metrics}
judge: {block: 10s, warmup: 0s}
levels: {error rate: {warning: ">= 1%", critical: "> 20%"}, cpu: {target: "< 50%", critical: ">= 90%"}}
stages: [{name: one, weight: 50%, duration: 5m, interval: 10s, criteria: [p95 < 1s]}]
"""
PLAN = parse_plan(TEXT, "plan.yaml")


def now(*windows, cpu=()):
    probes = tuple(
        MetricsProbe(t_s=float(at_s), variant="canary", cpu=share, memory_bytes=None, restarts=0, error=None)
        for at_s, share in enumerate(cpu)
    )
    view = StageView(PLAN, StageEvidence(PLAN.stages[0], 0, 0.0, probes=probes))
    latest = [Interval(each.start_s, each.length_s, each.histograms) for each in windows]
    return {status.measure: (status.level, status.limit, status.value) for status in levels_now(view, latest)}


def test_a_value_exactly_at_a_limit_reaches_it_where_the_sign_says_so():
    assert now(window(0, canary_ms=(30,) * 99, failed=1)) == {
        "error rate": (Level.WARNING, "error rate >= 1%", 0.01)
    }


def test_the_latest_probe_counts():
    assert now(cpu=(0.4, 0.9))["cpu"] == (Level.CRITICAL, "cpu >= 90%", 0.9)
    assert now(cpu=(0.9, 0.4))["cpu"] == (Level.OK, "cpu < 50%", 0.4)


def test_windows_with_few_requests_are_taken_together():
    few = [window(number, canary_ms=(30,) * 20, failed=20) for number in range(3)]
    assert now(few[0]) == {}
    assert now(*few)["error rate"] == (Level.CRITICAL, "error rate > 20%", 0.5)
