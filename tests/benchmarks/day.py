"""A long run made in seconds: some minutes of simulated pods, over and over, as a run directory.

`python -m tests.benchmarks.day ROOT` makes a day of 10 s windows and one of 60 s windows, judges both, and
prints time and peak memory.
"""

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from harness.plan.loader import parse_plan
from harness.plan.model import Plan
from harness.record.evidence import Interval
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.hlog import HlogWriter
from harness.record.histograms.tag import EVERY_REQUEST, LATENESS_HUB, LATENESS_SENT, Kind, Tag
from harness.record.run_directory import RunDirectory
from harness.record.run_info import run_info
from tests.acceptance.pods import MEDIAN_S, SIGMA, wander

DAY_S = 86_400
EPOCH_S = 1_767_862_800.0
ENDPOINTS = ("GET /health", "GET /tasks", "GET /tasks/[id]", "POST /tasks")
DIFFERENT = 40
"""Windows that are drawn; a long stage repeats them."""

PLAN = """
service: simulated
targets: {{baseline: "http://127.0.0.1:8080", canary: "http://127.0.0.1:8081"}}
load: {{arrival_rate: 6800/s}}
probes: {{health: /health, metrics: /metrics, interval: 10s}}
levels:
  error rate: {{warning: "> 1%", critical: "> 5%"}}
  p95: {{warning: "> 400ms", critical: "> 500ms"}}
  memory: {{critical: "> 2.4GB"}}
judge: {{tolerance: 10%, block: {block_s}s, warmup: 60s}}
rollback: [error rate > 10% for 5m, p95 > 2s for 10m, service down for 5m]
stages:
  - name: day
    weight: 25%
    duration: {duration_s}s
    interval: {interval_s}s
    criteria: [error rate < 0.1%, p95 < 150ms, system stable, no performance degradation]
    endpoints: {{{endpoints}}}
"""


def plan_of(interval_s: int, duration_s: int = DAY_S) -> str:
    """A plan as demanding as a release's last stages: each endpoint has promises of its own."""
    endpoints = ", ".join(f'"{name}": [error rate < 0.5%, p95 < 200ms]' for name in ENDPOINTS)
    block_s = max(30, interval_s)
    return PLAN.format(interval_s=interval_s, block_s=block_s, duration_s=duration_s, endpoints=endpoints)


def windows(plan: Plan, canary_scale: float = 1.0, seed: int = 1) -> Iterator[Interval]:
    """Yield the windows of the only stage, healthy but for `canary_scale`, without end."""
    stage, rng = plan.stages[0], np.random.default_rng(seed)
    drawn = [_drawn(plan, rng, canary_scale) for _ in range(DIFFERENT)]
    number = 0
    while True:
        yield Interval(number * stage.interval_s, stage.interval_s, drawn[number % DIFFERENT])
        number += 1


def _drawn(plan: Plan, rng: np.random.Generator, canary_scale: float) -> dict[Tag, Histogram]:
    stage = plan.stages[0]
    arrivals = plan.rate_of(stage) * stage.interval_s
    level = float(wander(rng, 1, 1, 0.1, 0.9)[0, 0])
    histograms: dict[Tag, Histogram] = {}
    for variant, share, scale in (
        ("baseline", 1 - float(stage.weight), 1.0),
        ("canary", float(stage.weight), canary_scale),
    ):
        n = int(arrivals * share / len(ENDPOINTS))
        for endpoint in ENDPOINTS:
            times_s = MEDIAN_S * scale * np.exp(level + SIGMA * rng.standard_normal(n))
            failed = int(rng.poisson(n * 1e-4))
            good = Histogram.of_values(times_s[failed:] * 1e6)[0]
            histograms[Tag(variant, Kind.RESPONSE, endpoint)] = good
            histograms[Tag(variant, Kind.SERVICE, endpoint)] = good
            histograms[Tag(variant, Kind.TTFB, endpoint)] = good
            histograms[Tag(variant, Kind.FAILED, endpoint)] = Histogram.of_values(times_s[:failed] * 1e6)[0]
    sent = sum(some.total for tag, some in histograms.items() if tag.kind in EVERY_REQUEST)
    histograms[LATENESS_SENT] = Histogram([100], [sent])
    histograms[LATENESS_HUB] = Histogram([100], [100])
    return histograms


def make(root: Path, interval_s: int, duration_s: int = DAY_S) -> RunDirectory:
    """Write a finished run of one long stage."""
    text = plan_of(interval_s, duration_s)
    plan = parse_plan(text)
    stage = plan.stages[0]
    run = RunDirectory.create(root, f"day-{interval_s}", text, run_info(plan, f"day-{interval_s}", EPOCH_S))
    encoded: dict[int, str] = {}
    accounts = {
        v: dict.fromkeys(("due", "completed", "failed", "dropped", "open"), 0) for v in ("baseline", "canary")
    }
    failed: Counter[tuple[str, str]] = Counter()
    path = run.stage_hlog_path(0, stage.name)
    with HlogWriter(path, EPOCH_S):
        pass
    with path.open("a", encoding="ascii") as log:
        for window in islice(windows(plan), int(duration_s / interval_s)):
            for tag, histogram in window.histograms.items():
                if id(histogram) not in encoded:
                    encoded[id(histogram)] = histogram.encode()
                log.write(f"Tag={tag},{window.start_s:.6f},{interval_s:.6f},0.000,{encoded[id(histogram)]}\n")
                if tag.kind in EVERY_REQUEST:
                    account = accounts[tag.variant]
                    account["due"] += histogram.total
                    account["completed" if tag.kind == Kind.RESPONSE else "failed"] += histogram.total
                    failed[tag.variant, tag.endpoint] += histogram.total if tag.kind == Kind.FAILED else 0
    total = {key: sum(account[key] for account in accounts.values()) for key in accounts["canary"]}
    started = {"index": 0, "weight": float(stage.weight), "arrival_rate_per_s": plan.rate_of(stage)}
    events = [
        {"t_s": 0.0, "event": "stage_started", "stage": stage.name, **started},
        *(
            {"t_s": duration_s + 0.5, "event": "errors", "stage": stage.name, "kind": "HTTP 503"}
            | {"variant": variant, "endpoint": endpoint, "count": count}
            for (variant, endpoint), count in failed.items()
        ),
        {"t_s": duration_s + 1.0, "event": "stage_finished", "stage": stage.name}
        | {"duration_s": float(duration_s), **total, "by_variant": accounts},
        {"t_s": duration_s + 2.0, "event": "run_finished", "outcome": "pass"},
    ]
    _write_lines(run.path / "events.jsonl", events)
    _write_lines(run.path / "probes.jsonl", _probes(plan, duration_s))
    return run


def _write_lines(path: Path, records) -> None:
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")


def _probes(plan: Plan, duration_s: int):
    stage = plan.stages[0]
    interval_s = stage.interval_s
    sent = int(plan.rate_of(stage) * interval_s)
    own = {
        "due": sent,
        "sent": sent,
        "dropped": 0,
        "in_flight": 1,
        "backlog": 0,
        "cpu": 0.5,
        "memory_bytes": 1e8,
    }
    for number in range(int(duration_s / interval_s)):
        yield {"t_s": (number + 1) * interval_s, "kind": "generator", "stage": stage.name} | {
            "interval_s": interval_s,
            **own,
        }
    for at_s in range(0, duration_s + 1, 10):
        for variant in ("baseline", "canary"):
            at = {"t_s": float(at_s), "variant": variant}
            yield {**at, "kind": "health", "ok": True, "status": 200, "latency_s": 0.001, "error": None}
            yield {**at, "kind": "metrics", "cpu": 0.5, "memory_bytes": 2e8, "restarts": 0, "error": None}


MEASURE = """
import resource, sys, time
from harness.judge.codec import to_json
from harness.record.run_directory import RunDirectory
from harness.app.judging import judge_directory
began = time.perf_counter()
verdict = judge_directory(RunDirectory.open(sys.argv[1]))
took_s = time.perf_counter() - began
peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(f"{verdict.outcome}: {took_s:.1f} s, peak {peak_mb:.0f} MB, {len(to_json(verdict)):,} bytes")
"""


def main(root: str) -> None:
    """Make both days, judge them in a fresh process each."""
    for interval_s in (10, 60):
        began = time.perf_counter()
        run = make(Path(root), interval_s)
        sys.stdout.write(f"{interval_s} s windows: made in {time.perf_counter() - began:.0f} s\n")
        sys.stdout.flush()
        subprocess.run([sys.executable, "-c", MEASURE, str(run.path)], check=True)


if __name__ == "__main__":
    main(sys.argv[1])
