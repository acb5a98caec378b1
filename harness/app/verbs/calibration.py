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
from harness.judge.stats.noise import MAX_CORRELATION
from harness.record.ahead import read_ahead
from harness.record.evidence import load_evidence
from harness.record.run_directory import RunDirectory
from harness.record.strict_json import parse_object

NOISE_KEYS = ("wandering_variance_s", "correlation", "sigma")


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
        found = parse_object(read_input(file).encode())
        figures = [found[key] for key in NOISE_KEYS]
    except (ValueError, KeyError):
        figures = []
    numbers = [each for each in figures if isinstance(each, float) and math.isfinite(each)]
    if len(numbers) < len(NOISE_KEYS) or numbers[0] < 0 or numbers[2] <= 0:
        raise InputError(f"{file}: contains no noise figures; write it with `harness calibrate --json`")
    period_s = found.get("period_s")
    is_period = isinstance(period_s, float) and 0 < period_s < math.inf
    correlation = min(max(numbers[1], 0.0), MAX_CORRELATION)
    return RatioNoise(numbers[0], correlation, numbers[2], period_s if is_period else None)
