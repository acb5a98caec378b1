"""The rollback triggers of a stage that waits for a person."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from harness.judge.triggers.fired import FiredTrigger, TriggerProgress, first_fired, trigger_progress
from harness.judge.view import StageView
from harness.judge.windows.block import by_variant
from harness.judge.windows.design import StageDesign
from harness.judge.windows.moment import Moment, moment_of
from harness.plan.criteria.measure import MeasureKind
from harness.plan.variant import Variant
from harness.record.evidence import StageEvidence
from harness.record.follow import GrowingLog
from harness.record.probes import Probe

_WHERE: Final = "the wait for a person"


class WaitingEvaluation:
    """Looks at the requests since a person was asked, and at the probes of that time.

    Each has its own moments: the windows of requests follow each other also where a schedule begins anew, and
    the probes go by the clock of the run. `asked_s` is a time of the run; the last `keep_s` are looked at.
    """

    def __init__(self, design: StageDesign, index: int, path: Path, asked_s: float, keep_s: float) -> None:
        self.stage = design.stage.name
        self._design, self._index, self._asked_s = design, index, asked_s
        self._log = GrowingLog(path, asked_s)
        self._kept = max(1, math.ceil(keep_s / design.stage.interval_s))
        self._requests: deque[Moment] = deque(maxlen=self._kept)

    def read(self) -> bool:
        """Take the windows that were completed since the last call; return whether there were some."""
        intervals = self._log.new()
        kinds, named = self._design.kinds, self._design.plan.variants
        self._requests.extend(
            self._without_ramps(moment_of(self._design, interval, by_variant(interval, None, kinds, named)))
            for interval in intervals
        )
        return bool(intervals)

    def _without_ramps(self, moment: Moment) -> Moment:
        """Leave throughput out where the schedule that begins anew has low rates in it: they are its own."""
        if self._design.has_level_rates:
            return moment
        known = {
            measure: None if measure.kind is MeasureKind.THROUGHPUT else value
            for measure, value in moment.canary.items()
        }
        return replace(moment, canary=known)

    def fired(self, probes: Sequence[Probe]) -> FiredTrigger | None:
        """Return the first trigger that fired since a person was asked."""
        fired = (first_fired(view, moments, _WHERE) for view, moments in self._looks(probes))
        return next(filter(None, fired), None)

    def progress(self, probes: Sequence[Probe]) -> tuple[TriggerProgress, ...]:
        """Return how near every trigger is to firing, by what is nearer: requests or probes."""
        by_look = (trigger_progress(view, moments) for view, moments in self._looks(probes))
        return tuple(max(pair, key=lambda each: each.held) for pair in zip(*by_look, strict=True))

    def _looks(self, probes: Sequence[Probe]) -> Iterator[tuple[StageView, Sequence[Moment]]]:
        of_wait = tuple(probe for probe in probes if probe.t_s >= self._asked_s)
        yield self._view(()), self._requests
        yield self._view(of_wait), self._silent(of_wait)

    def _view(self, probes: tuple[Probe, ...]) -> StageView:
        design = self._design
        evidence = StageEvidence(
            design.stage, self._index, self._asked_s, probes=probes, source=design.source
        )
        return StageView(design.plan, evidence)

    def _silent(self, probes: Iterable[Probe]) -> list[Moment]:
        """Return the intervals up to the latest probe, as if no request were known of them."""
        latest_s = max((probe.t_s for probe in probes), default=self._asked_s) - self._asked_s
        interval_s = self._design.stage.interval_s
        ended = math.ceil(latest_s / interval_s)
        unknown = dict.fromkeys(self._design.alarming)
        return [
            Moment(
                number,
                number * interval_s,
                (number + 1) * interval_s,
                dict.fromkeys(Variant, 0),
                0,
                unknown,
                unknown,
            )
            for number in range(max(0, ended - self._kept), ended)
        ]
