"""A fault, what is true about it, and what may therefore never come of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from harness.judge.outcome import Outcome


class Truth(StrEnum):
    """What is known about the canary and the evidence, because the fault was made here."""

    GOOD = "the canary is no worse than the baseline"
    BAD = "the canary breaks a promise"
    UNFIT = "the evidence says nothing about the canary"
    OPEN = "either outcome can be right"


class Breach(StrEnum):
    """A promise that did not hold."""

    FALSE_PASS = "false pass"
    FALSE_BLAME = "false blame"
    HANG = "hang"
    TRACEBACK = "traceback"
    LOST = "lost evidence"


_NEVER = {
    Truth.GOOD: {Outcome.FAIL: Breach.FALSE_BLAME},
    Truth.BAD: {Outcome.PASS: Breach.FALSE_PASS},
    Truth.UNFIT: {Outcome.PASS: Breach.FALSE_PASS, Outcome.FAIL: Breach.FALSE_BLAME},
    Truth.OPEN: {},
}


@dataclass(frozen=True)
class Seen:
    """What came of a fault; `outcome` is None where nothing was judged."""

    outcome: Outcome | None = None
    is_lost: bool = False
    said: str = ""


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong; `play` lets it happen, and raises what a user would see as a traceback."""

    name: str
    truth: Truth
    play: Callable[[], Seen]


Draw = Callable[[random.Random], Fault]
"""Chooses one fault of a family by chance; the same chance gives the same fault."""


@dataclass(frozen=True)
class Family:
    """Faults of one kind, how often they are tried among the others, and how long one may take."""

    name: str
    draw: Draw
    share: int
    within_cpu_s: float = 20.0
    """CPU time, which is a fault's own however many others want the cores."""
    within_s: float = 300.0
    """What ends one that waits for ever."""


def breaches_of(truth: Truth, seen: Seen) -> Iterator[Breach]:
    """Compare what came of a fault with what is true."""
    if seen.outcome is not None and (breach := _NEVER[truth].get(seen.outcome)):
        yield breach
    if seen.is_lost:
        yield Breach.LOST
