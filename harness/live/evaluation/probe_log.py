"""The probes that triggers, facts and levels need: those of the last seconds."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from harness.plan.variant import Variant
from harness.record.probes import MetricsProbe, Probe


class ProbeLog:
    """The probes of the last seconds, and the first of the stage that counts restarts."""

    def __init__(self, keep_s: float) -> None:
        self._keep_s = keep_s
        self._first: Probe | None = None
        self._recent: deque[Probe] = deque()

    def add(self, records: Iterable[Probe]) -> None:
        """Add new probes, and drop the old ones."""
        for record in records:
            self._recent.append(record)
            if self._first is None and _tells_of_restarts(record):
                self._first = record
        while self._recent and self._recent[0].t_s < self._recent[-1].t_s - self._keep_s:
            self._recent.popleft()

    @property
    def kept(self) -> list[Probe]:
        """The probes kept, in order of time."""
        first = self._first
        was_forgotten = first is not None and first.t_s < self._recent[0].t_s
        return [*([first] if first and was_forgotten else []), *self._recent]

    def begin_stage(self) -> None:
        """Count restarts from the next probe on."""
        self._first = None


def _tells_of_restarts(probe: Probe) -> bool:
    match probe:
        case MetricsProbe(variant=Variant.CANARY, restarts=int()):
            return True
        case _:
            return False
