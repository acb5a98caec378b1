"""A crew whose windows somebody else hears of, too."""

from __future__ import annotations

from collections.abc import Callable

from harness.live.tally import Tally
from harness.record.histograms.window import ClosedWindow
from harness.record.window_source import LoadSnapshot, ResourceUsage, WindowSource


class Overheard:
    """Passes everything on to a crew, and tells ``tally`` the stages and windows on the way."""

    def __init__(self, backend: WindowSource, tally: Tally) -> None:
        self._backend = backend
        self._tally = tally

    @property
    def lead_s(self) -> float:
        """The crew's own."""
        return self._backend.lead_s

    def begin(self, index: int, at_s: float, sink: Callable[[ClosedWindow], None]) -> None:
        """Start a stage whose windows go to ``sink`` and to the tally."""
        self._tally.begin(index)

        def both(window: ClosedWindow) -> None:
            sink(window)
            self._tally(window)

        self._backend.begin(index, at_s, both)

    def poll(self) -> None:
        """Do what is due."""
        self._backend.poll()

    def stop(self) -> None:
        """Start no more requests."""
        self._backend.stop()

    @property
    def drained(self) -> bool:
        """Whether nothing is under way any more."""
        return self._backend.drained

    def give_up(self) -> None:
        """Fail what is still under way."""
        self._backend.give_up()

    def standing(self) -> LoadSnapshot:
        """Return the stage's accounts."""
        return self._backend.standing()

    def usage(self) -> ResourceUsage:
        """Measure the sending processes."""
        return self._backend.usage()

    def losses(self) -> list[str]:
        """Return what was lost since the last call."""
        return self._backend.losses()
