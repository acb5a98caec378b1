"""The directory of a run that begins."""

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
    epoch_s: float | None = None,
    plan_text: str | None = None,
) -> RunDirectory:
    """Make the directory of a run of `plan`, which was loaded from `file`; raises RunError.

    The run begins now, or began at `epoch_s`; `plan_text` is the plan where it is not the file's.
    """
    began_s = time.time() if epoch_s is None else epoch_s
    info = run_info(plan, name, began_s, time_scale, stages, source)
    return RunDirectory.create(RUNS_ROOT, name, plan_text or file.read_text(encoding="utf-8"), info)
