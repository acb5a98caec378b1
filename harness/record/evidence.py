"""What the judge and the report are given: values only, no files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.plan.model import Plan, Stage
from harness.record.histogram import Histogram
from harness.record.tag import Tag


@dataclass(frozen=True)
class Interval:
    """One window of a stage; `start_s` counts from the start of the stage, by when requests were due."""

    start_s: float
    length_s: float
    histograms: Mapping[Tag, Histogram]


@dataclass(frozen=True)
class StageEvidence:
    """Everything recorded about one planned stage; `started_s` is None when it never started."""

    stage: Stage
    index: int
    started_s: float | None = None
    finished: Mapping[str, Any] | None = None
    intervals: tuple[Interval, ...] = ()
    events: tuple[Mapping[str, Any], ...] = ()
    probes: tuple[Mapping[str, Any], ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """Everything recorded about a run; `problems` are those that belong to no stage."""

    plan: Plan
    stages: tuple[StageEvidence, ...]
    events: tuple[Mapping[str, Any], ...] = ()
    problems: tuple[str, ...] = ()
