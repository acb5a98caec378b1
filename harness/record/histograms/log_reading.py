"""What reading a router's log came to in one window: the figures that say whether the log can be trusted."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class LogReading:
    """Counts of lines, and how far the log's clock is from ours."""

    lines: int = 0
    unread: int = 0
    """Lines that could not be read."""
    late: int = 0
    """Lines of windows that were closed before the lines came."""
    unrouted: int = 0
    """Requests the router answered itself."""
    retried: int = 0
    """Requests that the router sent to more than one server."""
    lag_s: float | None = None
    """How old the newest line was when it was read, at the least; None without a line."""
    by_file: list[int] = field(default_factory=list)
    """Lines of each file, in the plan's order."""
    cpu: float | None = None
    """Share of a core that reading took."""
    memory_bytes: float | None = None
