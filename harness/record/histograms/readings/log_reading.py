"""What reading a router's log came to in one window: the figures that say whether the log can be trusted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

MAX_AHEAD_S: Final = 1.0
"""How far a log's clock may be ahead of ours."""


@dataclass
class LogReading:
    """Counts of lines, and how far the log's clock is from ours."""

    lines: int = 0
    unread: int = 0
    """Lines that could not be read."""
    late: int = 0
    """Lines of windows that were closed before the lines came."""
    astray: int = 0
    """Lines outside the stage whose time is too far from ours: of another clock or zone."""
    unrouted: int = 0
    """Requests the router answered itself."""
    retried: int = 0
    """Requests that the router sent to more than one server."""
    by_file: list[int] = field(default_factory=list)
    """Lines of each file, in the plan's order."""
    lags_s: list[float | None] = field(default_factory=list)
    """How old the newest line of each file was when it was read, at the least; None without a line."""
    clients: dict[str, int] | None = None
    """Clients of each variant that sent requests; None where the plan does not say what tells a client."""
    new_clients: dict[str, int] | None = None
    """Those of them that had sent none before since the stage's warm-up, by the variant they got first."""
    cpu: float | None = None
    """Share of a core that reading took."""
    memory_bytes: float | None = None

    @classmethod
    def of_files(cls, count: int) -> LogReading:
        """Return the reading of a window without a line."""
        return cls(by_file=[0] * count, lags_s=[None] * count)

    def note_lag(self, file: int, lag_s: float) -> None:
        """Note how old the newest of some lines of a file was."""
        known_s = self.lags_s[file]
        self.lags_s[file] = lag_s if known_s is None else min(known_s, lag_s)
