"""The directory of a run that begins now."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from harness.plan.model import Plan
from harness.record.evidence_source import EvidenceSource
from harness.record.run_directory import RunDirectory
from harness.record.run_info import run_info
from harness.record.runs import RUNS_ROOT


def new_run(
    plan: Plan,
    file: Path,
    name: str,
    stages: Sequence[str] = (),
    time_scale: float = 1.0,
    source: EvidenceSource = EvidenceSource.LOAD,
) -> RunDirectory:
    """Make the directory of a run of `plan`, which was loaded from `file`; raises RunError."""
    info = run_info(plan, name, time.time(), time_scale, stages, source)
    return RunDirectory.create(RUNS_ROOT, name, file.read_text(encoding="utf-8"), info)
