"""The noise that `harness calibrate` measures, and the file in which `harness check` finds it."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from harness.app.verbs.input_file import InputError, read_input
from harness.judge.across_runs.calibration import Calibration, calibrate
from harness.judge.planning.noise import RatioNoise
from harness.record.ahead import read_ahead
from harness.record.evidence import load_evidence
from harness.record.run_directory import RunDirectory
from harness.record.strict_json import parse_object


def calibrate_runs(runs: Sequence[RunDirectory]) -> Calibration:
    """Measure the noise in runs of one version against itself; raises CalibrationError."""
    return calibrate({run.path.name: load_evidence(run, read=read_ahead) for run in runs})


def to_json(found: Calibration) -> str:
    """Return the figures as JSON; one that is infinite is null."""
    figures = {key: None if value == math.inf else value for key, value in asdict(found).items()}
    return json.dumps(figures, indent=1, sort_keys=True, allow_nan=False)


def noise_of(file: Path | None) -> RatioNoise | None:
    """Return the noise in a file made by `to_json`, None without a file; raises InputError."""
    if file is None:
        return None
    try:
        variance_s = parse_object(read_input(file).encode())["variance_s"]
    except (ValueError, KeyError):
        variance_s = None
    if not isinstance(variance_s, float) or not 0 <= variance_s < math.inf:
        raise InputError(f"{file}: has no `variance_s`; write the file with `harness calibrate --json`")
    return RatioNoise(variance_s)
