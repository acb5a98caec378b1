"""The directory of a run that begins."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

from harness.plan.loader import PlanFile
from harness.plan.release import identified
from harness.record.evidence_source import EvidenceSource
from harness.record.run_directory import RunDirectory
from harness.record.run_info import run_info


def new_run(
    read: PlanFile,
    root: Path,
    stages: Sequence[str] = (),
    time_scale: float = 1.0,
    source: EvidenceSource = EvidenceSource.LOAD,
    epoch_s: float | None = None,
    name: str | None = None,
) -> RunDirectory:
    """Make the directory of a run of a plan below `root`; raises RunError.

    It begins now, or began at `epoch_s`, in seconds since 1970. Its name is that of the plan's file unless it
    has its own.
    """
    name = name or Path(read.file).stem
    began_s = time.time() if epoch_s is None else epoch_s
    # This pipeline knows nothing of a release of the past.
    is_past = source is EvidenceSource.PAST_LOG
    release = identified(read.plan.release, {} if is_past else os.environ)
    info = run_info(read.plan, name, began_s, time_scale, stages, source, read.overrides, release)
    return RunDirectory.create(root, name, read.text, info)
