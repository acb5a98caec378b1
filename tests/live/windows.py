"""Windows, figures and progress made by hand."""

import math

from harness.live.figures import RunFigures
from harness.plan.loader import parse_plan
from harness.plan.variant import Variant
from harness.record.histograms.account import Account
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.tag import LATENESS_HUB, LATENESS_SENT, Kind, Tag
from harness.record.histograms.window import ClosedWindow
from harness.record.progress import RunProgress, StageWindow
from harness.record.window_source import LoadSnapshot

TEXT = """
service: tasks
seed: 1
targets: embedded
load: {arrival_rate: 100/s}
probes: {health: /health, metrics: /metrics}
judge: {block: 10s, warmup: 20s}
levels: {p95: {warning: "> 150ms", critical: "> 200ms"}}
rollback: [error rate > 10% for 30s, p95 > 500ms for 1m]
stages:
  - name: half
    weight: 50%
    duration: 5m
    criteria:
      - error rate < 1%
      - p95 < 150ms
      - p95 < baseline + 10%
      - service mean < 1s
      - p95 ttfb < 80ms
      - max < 9s
      - throughput > 50/s
      - cpu < 80%
      - no critical alerts
  - {name: full, weight: 100%, duration: 5m, criteria: [p95 < 150ms]}
"""
PLAN = parse_plan(TEXT, "plan.yaml")


def window(number, baseline_ms=(20,) * 500, canary_ms=(30,) * 500, failed=0, first_byte_ms=None):
    """One window of ten seconds; failures are the canary's."""
    histograms, accounts = {}, {}
    for variant, times_ms, bad in (
        (Variant.BASELINE, baseline_ms, 0),
        (Variant.CANARY, canary_ms, failed),
    ):
        times, _ = Histogram.of_values([ms * 1000 for ms in times_ms])
        failures, _ = Histogram.of_values([1_000_000] * bad)
        for kind, values in ((Kind.RESPONSE, times), (Kind.SERVICE, times), (Kind.FAILED, failures)):
            histograms[Tag(variant, kind, "GET /")] = values
        if first_byte_ms is not None:
            first_bytes, _ = Histogram.of_values([first_byte_ms * 1000] * len(times_ms))
            histograms[Tag(variant, Kind.TTFB, "GET /")] = first_bytes
        accounts[variant] = Account(due=len(times_ms) + bad, completed=len(times_ms), failed=bad)
    late, _ = Histogram.of_values([100] * 99 + [5000])
    histograms[LATENESS_SENT] = histograms[LATENESS_HUB] = late
    return ClosedWindow(number * 10.0, 10.0, histograms, accounts)


def figures_of(*windows, index=0, plan=PLAN):
    """The figures of a run in one stage, with its windows."""
    made = RunFigures(plan)
    made.begin(index)
    for each in windows:
        made.add(StageWindow(index, each.start_s, each))
    return made


def progress(accounts, index=0, elapsed_s=40.0, plan=PLAN):
    """What the controller tells."""
    return RunProgress(plan, index, "running", elapsed_s, LoadSnapshot(accounts, 3, 0))


def is_close(value, wanted):
    return math.isclose(value, wanted, rel_tol=1e-3)
