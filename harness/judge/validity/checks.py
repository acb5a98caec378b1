"""Which checks say whether the evidence of a stage can be trusted: those of the source it came from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from harness.judge.finding import Finding
from harness.judge.validity.access_log import log_complete, log_in_step
from harness.judge.validity.accounts import all_accounted_for, split_as_planned
from harness.judge.validity.client_split import split_of_clients
from harness.judge.validity.generator import generator_on_time, load_delivered
from harness.judge.validity.metrics import metrics_complete
from harness.judge.validity.traffic_split import traffic_split_as_set
from harness.judge.view import StageView
from harness.record.evidence_source import EvidenceSource

Check = Callable[[StageView, float], Finding]
"""Checks a stage, whose evidence is needed up to one of its seconds (infinity: the whole stage)."""

_OF_LOAD: Final[tuple[Check, ...]] = (
    lambda view, _: generator_on_time(view),
    all_accounted_for,
    load_delivered,
    lambda view, _: split_as_planned(view),
)
_OF_ACCESS_LOG: Final[tuple[Check, ...]] = (
    lambda view, _: log_in_step(view),
    log_complete,
    lambda view, _: split_of_clients(view) or traffic_split_as_set(view),
)
# How late a line was written cannot be told afterwards.
_OF_PAST_LOG: Final[tuple[Check, ...]] = (
    log_complete,
    lambda view, _: split_of_clients(view) or traffic_split_as_set(view),
)
_OF_METRICS: Final[tuple[Check, ...]] = (metrics_complete, lambda view, _: traffic_split_as_set(view))


def checks_of(source: EvidenceSource) -> tuple[Check, ...]:
    """Return the checks of a source; what explains the others comes first."""
    match source:
        case EvidenceSource.LOAD:
            return _OF_LOAD
        case EvidenceSource.ACCESS_LOG:
            return _OF_ACCESS_LOG
        case EvidenceSource.PAST_LOG:
            return _OF_PAST_LOG
        case EvidenceSource.METRICS:
            return _OF_METRICS
