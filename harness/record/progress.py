"""What whoever follows a run hears while it goes on."""

from __future__ import annotations

from dataclasses import dataclass

from harness.plan.model import Plan
from harness.record.histograms.window import ClosedWindow
from harness.record.window_source import LoadSnapshot


@dataclass(frozen=True)
class StageWindow:
    """A closed window of stage `index`; `start_s` counts from its first arrival, extensions included."""

    index: int
    start_s: float
    window: ClosedWindow
    is_cut: bool = False
    """Whether the stage was ended within it, so that its counts are those of a part of its length."""


@dataclass(frozen=True)
class RunProgress:
    """Where a stage stands; `elapsed_s` counts from its first arrival, extensions included."""

    plan: Plan
    index: int
    state: str
    elapsed_s: float
    snapshot: LoadSnapshot
