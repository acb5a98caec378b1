"""Says soon which endpoints of a stage's criteria were not seen: a name with a mistake is found at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from harness.plan.model import Stage
from harness.record.histograms.tag import GENERATOR
from harness.record.histograms.window import ClosedWindow

AFTER_S: Final = 5.0
"""From here on a stage has seen what its tasks usually send."""
MAX_SEEN: Final = 12


class UnseenEndpoints:
    """Looks at the windows of one stage until it knows."""

    def __init__(self, stage: Stage) -> None:
        self._unseen = set(stage.endpoints)
        self._seen: set[str] = set()
        self._after_s = min(AFTER_S, stage.duration_s)
        self._is_over = not self._unseen

    def add(self, window: ClosedWindow) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
        """Take a window; if any is missing, return once those that were not seen and those that were."""
        if self._is_over:
            return None
        found = _endpoints(window)
        self._seen |= found
        self._unseen -= found
        self._is_over = not self._unseen or window.start_s + window.length_s >= self._after_s - 1e-9
        if not self._is_over or not self._unseen or not self._seen:
            return None
        return tuple(sorted(self._unseen)), tuple(sorted(self._seen)[:MAX_SEEN])


def _endpoints(window: ClosedWindow) -> set[str]:
    tags: Iterable[str] = (tag.endpoint for tag in window.histograms if tag.variant != GENERATOR)
    return set(tags)
