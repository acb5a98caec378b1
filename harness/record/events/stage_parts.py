"""The time of a stage that was extended: its parts follow each other; what lay between them is left out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from harness.record.events.event import Event
from harness.record.events.stage import StageExtended, StageFinished, StageStarted
from harness.record.probes import Probe


class StagePart(NamedTuple):
    """From when to when a part ran, in seconds of the run, and where it begins in the stage's own time.

    `is_after_pause` says that the stage had ended before, and waited for a person.
    """

    begins_s: float
    ends_s: float
    into_stage_s: float
    is_after_pause: bool


@dataclass(frozen=True)
class StageParts:
    """The parts of one stage so far, the first one first."""

    parts: tuple[StagePart, ...] = ()

    @classmethod
    def begun(cls, at_s: float) -> StageParts:
        """Return the first part, which began at this moment of the run."""
        return cls((StagePart(at_s, math.inf, 0.0, False),))

    @classmethod
    def of(cls, events: Iterable[Event]) -> StageParts:
        """Return the parts that the events of one stage tell of."""
        known = cls()
        for event in events:
            known = known.after(event)
        return known

    def after(self, event: Event) -> StageParts:
        """Return the parts after one more event of the stage."""
        match event:
            case StageStarted() if not self.parts:
                return self.begun(event.t_s)
            case StageFinished() if self.parts:
                return self.ended(event.t_s)
            case StageExtended() if self.parts:
                count, is_after_pause = len(self.parts), math.isfinite(self.parts[-1].ends_s)
                into_stage_s = event.duration_s * count / (count + 1)
                part = StagePart(event.t_s, math.inf, into_stage_s, is_after_pause)
                return StageParts((*self.ended(event.t_s).parts, part))
            case _:
                return self

    @property
    def pauses_s(self) -> tuple[float, ...]:
        """Where the stage went on after a pause, in its own time."""
        return tuple(part.into_stage_s for part in self.parts if part.is_after_pause)

    @property
    def pause_lengths_s(self) -> tuple[float, ...]:
        """How much of the run went by in each of these pauses."""
        delays_s = [part.begins_s - part.into_stage_s for part in self.parts]
        return tuple(
            after_s - before_s
            for before_s, after_s, part in zip(delays_s, delays_s[1:], self.parts[1:], strict=False)
            if part.is_after_pause
        )

    def ended(self, at_s: float) -> StageParts:
        """Return the parts, of which the last ends by this moment of the run."""
        if not self.parts:
            return self
        *earlier, last = self.parts
        return StageParts((*earlier, last._replace(ends_s=min(last.ends_s, at_s))))

    def run_time_s(self, into_stage_s: float) -> float:
        """Return when in the run a second of the stage's own time was."""
        begun = [part for part in self.parts if part.into_stage_s <= into_stage_s] or self.parts[:1]
        return into_stage_s + begun[-1].begins_s - begun[-1].into_stage_s if begun else into_stage_s

    def into_stage_s(self, run_time_s: float) -> float:
        """Return how far into the stage's own time a moment of the run was, beyond its end in a pause."""
        begun = [part for part in self.parts if part.begins_s <= run_time_s] or self.parts[:1]
        return run_time_s - begun[-1].begins_s + begun[-1].into_stage_s if begun else run_time_s

    def probes(self, stage: str, probes: Iterable[Probe]) -> Iterator[Probe]:
        """Yield the probes of the stage, with times as if its parts had followed each other.

        Those that name a stage are of its windows, and have such times already.
        """
        for probe in probes:
            if probe.stage is not None:
                if probe.stage == stage:
                    yield probe
            elif (t_s := self._unbroken_time_s(probe.t_s)) is not None:
                yield probe if t_s == probe.t_s else replace(probe, t_s=t_s)

    def _unbroken_time_s(self, t_s: float) -> float | None:
        """Return a moment of the run as if there had been no pause before it; None if it is of no part.

        What remains of a part after its planned end, while requests drain, belongs to its last instant.
        """
        for number, part in enumerate(self.parts):
            if part.begins_s <= t_s <= part.ends_s:
                is_last = number + 1 == len(self.parts)
                end_s = math.inf if is_last else math.nextafter(self._unbroken_s(number + 1), 0.0)
                return min(t_s + self._unbroken_s(number) - part.begins_s, end_s)
        return None

    def _unbroken_s(self, number: int) -> float:
        """Return when a part would have begun without a pause before it."""
        return self.parts[0].begins_s + self.parts[number].into_stage_s
