"""Makes run directories without a clock, a network or a service: seeded numbers in, the real files out."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from harness.judge.codec import to_json
from harness.judge.outcome import Outcome
from harness.judge.run import judge_run
from harness.judge.stage import judge_stage
from harness.plan.loader import parse_plan
from harness.plan.model import Plan, Stage
from harness.record.events.event import Event
from harness.record.events.release import RolledBack
from harness.record.events.run import RunFinished, RunStarted, TargetReady
from harness.record.events.stage import ArrivalCounts, RequestErrors, StageFinished, StageJudged, StageStarted
from harness.record.evidence import load_evidence
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.hlog import HlogWriter
from harness.record.histograms.tag import LATENESS_HUB, LATENESS_SENT, Kind, Tag
from harness.record.probes import GeneratorProbe, HealthProbe, MetricsProbe
from harness.record.run_directory import RunDirectory

EPOCH_S = 1767862800.0  # 2026-01-08 09:00 UTC
MEDIAN_S, SPREAD = 0.020, 0.52
SHARES = {"GET /tasks": 0.75, "POST /tasks": 0.25}
VERSIONS = {"python": "3.11.7", "harness": "0.1.0", "locust": "2.47.0", "gevent": "26.9.0", "numpy": "2.4.6"}
MACHINE = {"cpus": 2, "platform": "Linux-6.1-x86_64", "architecture": "x86_64"}


@dataclass(frozen=True)
class Fault:
    """What is wrong with the canary, from a stage (counted from 0) on."""

    slower: float = 1.0
    errors: Mapping[str, float] = field(default_factory=dict)
    from_stage: int = 0
    late_s: float = 0.00005
    memory_leak_per_s: float = 0.0


@dataclass
class Accounts:
    """What became of the arrivals of one stage."""

    completed: dict[str, int] = field(default_factory=lambda: {"baseline": 0, "canary": 0})
    failed: dict[str, int] = field(default_factory=lambda: {"baseline": 0, "canary": 0})

    def event(self) -> dict[str, Any]:
        each = {
            variant: {
                "due": self.completed[variant] + self.failed[variant],
                "completed": self.completed[variant],
                "failed": self.failed[variant],
                "dropped": 0,
                "open": 0,
            }
            for variant in self.completed
        }
        return {
            **{key: sum(one[key] for one in each.values()) for key in each["canary"]},
            "by_variant": {variant: ArrivalCounts(**counts) for variant, counts in each.items()},
        }


class Simulator:
    """Writes one run, stage after stage."""

    def __init__(
        self,
        root: Path,
        plan_text: str,
        plan_name: str,
        fault: Fault,
        endpoints: Mapping[str, float] = SHARES,
    ) -> None:
        self.plan: Plan = parse_plan(plan_text, f"{plan_name}.yaml")
        self.fault = fault
        self.endpoints = endpoints
        self.rng = np.random.default_rng(self.plan.seed)
        self.t_s = 0.0
        info = {
            "schema": 1,
            "plan_name": plan_name,
            "plan": self.plan.to_document(),
            "stages": [],
            "time_scale": 1.0,
            "epoch_s": EPOCH_S,
            "started": "2026-01-08T09:00:00Z",
            "versions": VERSIONS,
            "machine": MACHINE,
        }
        self.run = RunDirectory.create(root, plan_name, plan_text, info)
        self.event(RunStarted)
        self.event(TargetReady, variant="both")

    def event(self, kind: type[Event], **fields: Any) -> None:
        """Append an event at the simulated time."""
        self.run.append_event(kind(t_s=round(self.t_s, 6), **fields))

    def stage(self, index: int) -> None:
        """Record one stage."""
        stage = self.plan.stages[index]
        self.t_s += 0.5
        started_s, rate = self.t_s, self.plan.rate_of(stage)
        weight = float(stage.weight)
        self.event(StageStarted, stage=stage.name, index=index, weight=weight, arrival_rate_per_s=rate)
        accounts = Accounts()
        with HlogWriter(self.run.stage_hlog_path(index, stage.name), EPOCH_S) as writer:
            for number in range(math.floor(stage.duration_s / stage.interval_s + 1e-9)):
                at_s = started_s + number * stage.interval_s
                for tag, histogram in self._interval(index, stage, accounts, at_s).items():
                    writer.write(at_s, stage.interval_s, tag, histogram)
                self._probe(stage, at_s, rate)
        self.t_s = started_s + stage.duration_s
        self.event(StageFinished, stage=stage.name, duration_s=stage.duration_s, **accounts.event())

    def _interval(self, index: int, stage: Stage, accounts: Accounts, at_s: float) -> dict[Tag, Histogram]:
        due = round(self.plan.rate_of(stage) * stage.interval_s)
        canary = round(due * stage.weight)
        wander = float(np.exp(0.01 * self.rng.standard_normal()))
        faulty = index >= self.fault.from_stage
        found: dict[Tag, Histogram] = {}
        for variant, requests in (("baseline", due - canary), ("canary", canary)):
            ill = variant == "canary" and faulty
            for endpoint, share in self.endpoints.items():
                n = round(requests * share)
                failed = self._failures(stage, variant, endpoint, n, at_s) if ill else 0
                accounts.completed[variant] += n - failed
                accounts.failed[variant] += failed
                found |= self._histograms(
                    variant, endpoint, n - failed, failed, wander * (self.fault.slower if ill else 1)
                )
        late_us = self.rng.gamma(2.0, self.fault.late_s / 2, size=due) * 1e6
        found[LATENESS_SENT] = Histogram.of_values(late_us + 1)[0]
        found[LATENESS_HUB] = Histogram.of_values(late_us * 0.8 + 1)[0]
        return found

    def _failures(self, stage: Stage, variant: str, endpoint: str, n: int, at_s: float) -> int:
        failed = 0
        for kind, share in self.fault.errors.items():
            count = int(self.rng.binomial(n, share))
            failed += count
            if count:
                self.run.append_event(
                    RequestErrors(
                        t_s=at_s + stage.interval_s,
                        stage=stage.name,
                        variant=variant,
                        endpoint=endpoint,
                        kind=kind,
                        count=count,
                    )
                )
        return failed

    def _histograms(
        self, variant: str, endpoint: str, good: int, bad: int, factor: float
    ) -> dict[Tag, Histogram]:
        service_us = self.rng.lognormal(math.log(MEDIAN_S * factor * 1e6), SPREAD, good)
        wait_us = self.rng.exponential(120.0, good)
        return {
            Tag(variant, Kind.RESPONSE, endpoint): Histogram.of_values(service_us + wait_us)[0],
            Tag(variant, Kind.SERVICE, endpoint): Histogram.of_values(service_us)[0],
            Tag(variant, Kind.FAILED, endpoint): Histogram.of_values(self.rng.lognormal(8.0, 0.3, bad))[0],
        }

    def _probe(self, stage: Stage, at_s: float, rate: float) -> None:
        end_s, due = at_s + stage.interval_s, round(rate * stage.interval_s)
        self.run.append_probe(
            GeneratorProbe(
                t_s=end_s,
                stage=stage.name,
                interval_s=stage.interval_s,
                due=due,
                sent=due,
                dropped=0,
                in_flight=12,
                backlog=0,
                cpu=round(0.31 + 0.02 * self.rng.random(), 4),
                memory_bytes=180_000_000.0,
            )
        )
        for variant, load in (("baseline", 1 - float(stage.weight)), ("canary", float(stage.weight))):
            leak = self.fault.memory_leak_per_s * at_s if variant == "canary" else 0.0
            self.run.append_probe(
                HealthProbe(
                    t_s=end_s,
                    variant=variant,
                    ok=True,
                    status=200,
                    latency_s=0.002,
                    error=None,
                )
            )
            self.run.append_probe(
                MetricsProbe(
                    t_s=end_s,
                    variant=variant,
                    cpu=round(0.08 + 0.5 * load + 0.02 * self.rng.random(), 4),
                    memory_bytes=float(round(92e6 + leak + 2e6 * self.rng.random())),
                    restarts=0,
                    error=None,
                )
            )


PLAN = """\
service: task-service
seed: 20260108
targets:
  baseline: http://127.0.0.1:8080
  canary: http://127.0.0.1:8081
load:
  arrival_rate: 1000/s
probes:
  health: /health
  metrics: /metrics
  interval: 4s
levels:
  cpu: {warning: "> 80%", critical: "> 95%"}
  memory: {warning: "> 200MB", critical: "> 240MB"}
judge: {tolerance: 12%, block: 4s, warmup: 8s}
rollback:
  - error rate > 10% for 20s
  - p95 > 500ms for 40s
stages:
"""
_STAGE = """\
  - name: canary-{weight}
    weight: {weight}%
    duration: 92s
    interval: 4s
    criteria: [{criteria}]
"""
ABSOLUTE = "p95 < 55ms, error rate < 0.1%, health checks passing"
CRITERIA = {
    5: ABSOLUTE,
    25: f"{ABSOLUTE}, no performance degradation",
    50: f"{ABSOLUTE}, throughput > 900/s, no performance degradation",
    75: f"{ABSOLUTE}, throughput > 900/s, system stable",
    100: f"{ABSOLUTE}, throughput > 900/s",
}


def plan_text(*weights: int) -> str:
    """Return a plan with a stage per weight."""
    return PLAN + "".join(_STAGE.format(weight=weight, criteria=CRITERIA[weight]) for weight in weights)


def simulate(
    root: Path,
    text: str,
    name: str = "quick",
    fault: Fault = Fault(),
    endpoints: Mapping[str, float] = SHARES,
) -> RunDirectory:
    """Record stage after stage until one does not pass, judge the run, and return its directory."""
    simulator = Simulator(root, text, name, fault, endpoints)
    for index, stage in enumerate(simulator.plan.stages):
        simulator.stage(index)
        outcome = judge_stage(
            simulator.plan, load_evidence(simulator.run, stage=stage.name).stages[0]
        ).outcome
        simulator.event(StageJudged, stage=stage.name, outcome=outcome)
        if outcome is not Outcome.PASS:
            simulator.t_s += 1.9
            simulator.event(RolledBack, stage=stage.name)
            break
    simulator.event(RunFinished, outcome=outcome)
    simulator.run.write_verdict(to_json(judge_run(load_evidence(simulator.run))))
    return simulator.run


EXAMPLE_FAULT = Fault(
    slower=1.28, errors={"HTTP 503 Service Unavailable": 0.0003, "timeout after 10 s": 0.0001}, from_stage=1
)
