"""What a run and the process that watches its log say to each other: one JSON object a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import TypeAdapter

from harness.plan.traffic.traffic import AccessLog, Traffic
from harness.record.histograms.window import ClosedWindow
from harness.record.histograms.wire import pack, unpack


@dataclass(frozen=True)
class WatchSettings:
    """The log to watch, in plan language, standard input's descriptor, and the endpoints with criteria."""

    traffic: dict[str, Any]
    stdin: int | None = None
    named: tuple[str, ...] = ()

    @property
    def access_log(self) -> AccessLog:
        """The log to watch."""
        return self.plan_part.log

    @property
    def plan_part(self) -> Traffic:
        """The part of the plan."""
        return Traffic.model_validate(self.traffic)


@dataclass(frozen=True)
class Begin:
    """Count the windows of part `number` of the run, which begins `at_s` seconds after 1970."""

    number: int
    at_s: float
    interval_s: float
    duration_s: float
    warmup_s: float = 0.0
    extends: bool = False
    """Whether it goes on with the stage of the part before."""


@dataclass(frozen=True)
class Stop:
    """End the part at a moment."""

    at_s: float


@dataclass(frozen=True)
class Watch:
    """Count, apart from the parts, the requests that ended after a moment."""

    at_s: float


@dataclass(frozen=True)
class GiveUp:
    """Hand over every window now."""


@dataclass(frozen=True)
class Closed:
    """A window of part `number` was closed."""

    number: int
    window: dict[str, Any]

    @classmethod
    def of(cls, number: int, window: ClosedWindow) -> Closed:
        """Pack a window."""
        return cls(number, pack(window))

    def unpacked(self) -> ClosedWindow:
        """Return the window; raises ValueError or KeyError for what is none."""
        return unpack(self.window)


@dataclass(frozen=True)
class Drained:
    """Every window of part `number` was handed over."""

    number: int


@dataclass(frozen=True)
class Seen:
    """So many more requests of each variant have ended since the moment of the last `Watch`."""

    baseline: int
    canary: int


@dataclass(frozen=True)
class Lost:
    """Something of the log is missing."""

    what: str


Order = Begin | Stop | GiveUp | Watch
Answer = Closed | Drained | Seen | Lost
_ALL = (WatchSettings, Begin, Stop, GiveUp, Watch, Closed, Drained, Seen, Lost)
_KINDS = {kind.__name__: kind for kind in _ALL}


def to_line(message: Order | Answer | WatchSettings) -> str:
    """Write a message."""
    return orjson.dumps((type(message).__name__, message)).decode()


def from_line(line: str) -> Any:
    """Read a message; raises ValueError for anything else."""
    match orjson.loads(line):
        case [str(name), fields] if name in _KINDS:
            return TypeAdapter(_KINDS[name]).validate_python(fields)
        case _:
            raise ValueError(f"not a message about a log: {line[:60]!r}")
