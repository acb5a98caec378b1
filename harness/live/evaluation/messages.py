"""What the process of the live evaluation sends to the run: one message a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import TypeAdapter

from harness.judge.finding import Finding
from harness.judge.notices import EarlyFailNotice, LevelNotice, Notice, TriggerNotice
from harness.judge.triggers.fired import TriggerProgress


@dataclass(frozen=True)
class StageStatus:
    """How near the triggers of a stage are to firing, and the generator's share of one core."""

    stage: str
    triggers: tuple[TriggerProgress, ...]
    generator_cpu: float | None


@dataclass(frozen=True)
class FindingsSoFar:
    """What the judge would find if the stage had ended at `t_s` of the run."""

    stage: str
    t_s: float
    findings: tuple[Finding, ...]


Shown = StageStatus | FindingsSoFar
"""For people who watch; it decides nothing."""
Message = Notice | Shown

_KINDS = (TriggerNotice, EarlyFailNotice, LevelNotice, StageStatus, FindingsSoFar)
_READERS: dict[str, TypeAdapter[Any]] = {kind.__name__: TypeAdapter(kind) for kind in _KINDS}


def to_line(message: Message) -> str:
    """Write a message as one line: the name of its class and its fields."""
    return orjson.dumps((type(message).__name__, message)).decode()


def from_line(line: str) -> Message:
    """Read a line that `to_line` wrote; raises ValueError for any other."""
    match orjson.loads(line):
        case [str(name), fields] if name in _READERS:
            message: Message = _READERS[name].validate_python(fields)
            return message
        case _:
            raise ValueError(f"not a message of the live evaluation: {line[:60]!r}")
