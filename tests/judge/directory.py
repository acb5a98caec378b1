"""A simulated stage as the run directory it would leave."""

import json
from pathlib import Path

from harness.judge.stage import judge_stage
from harness.plan.model import Plan
from harness.record.events.run import RunFinished
from harness.record.events.stage import StageStarted
from harness.record.evidence import StageEvidence
from harness.record.histograms.hlog import HlogWriter
from harness.record.run_directory import RunDirectory
from harness.record.run_info import run_info

EPOCH_S = 1_767_862_800.0


def write_run(root: Path, plan: Plan, evidence: StageEvidence) -> RunDirectory:
    """Write the run of a plan's only stage."""
    text = json.dumps(plan.to_document())
    run = RunDirectory.create(root, "simulated", text, run_info(plan, "simulated", EPOCH_S))
    stage = evidence.stage
    with HlogWriter(run.stage_hlog_path(0, stage.name), EPOCH_S) as log:
        for window in evidence.intervals:
            for tag, histogram in window.histograms.items():
                log.write(evidence.started_s + window.start_s, window.length_s, tag, histogram)
    started = StageStarted(
        t_s=evidence.started_s,
        stage=stage.name,
        index=0,
        weight=float(stage.weight),
        arrival_rate_per_s=plan.rate_of(stage),
    )
    ended = RunFinished(
        t_s=evidence.started_s + stage.duration_s, outcome=judge_stage(plan, evidence).outcome
    )
    for event in (started, *evidence.events, ended):
        run.append_event(event)
    for probe in evidence.probes:
        run.append_probe(probe)
    return run


def write_lines(path: Path, lines) -> None:
    """Write a file of these lines."""
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
