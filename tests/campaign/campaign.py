"""Plays faults by the thousand, each in a bounded time, and counts the promises that did not hold."""

from __future__ import annotations

import random
import signal
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from types import FrameType

from tests.campaign import evidence, exchanges, plans, probes, processes, rollouts, services, workers
from tests.campaign.fault import Breach, Family, breaches_of

FAMILIES: Mapping[str, Family] = {
    family.name: family
    for family in (
        Family("services", services.draw, 25),
        Family("evidence", evidence.draw, 30),
        Family("exchanges", exchanges.draw, 20),
        Family("plans", plans.draw, 10),
        Family("probes", probes.draw, 10),
        Family("workers", workers.draw, 5),
        Family("rollouts", rollouts.draw, 5),
    )
}
"""In process; `share` of 105."""
PROCESSES = Family("processes", processes.draw, 1, within_s=120.0)
"""With real processes."""
_BY_NAME = {**FAMILIES, PROCESSES.name: PROCESSES}


class _Hang(BaseException):
    """Raised in a fault that does not end."""


@dataclass(frozen=True)
class Tried:
    """A fault that was played; the family and the seed play it again."""

    family: str
    seed: int
    fault: str
    breaches: tuple[Breach, ...]
    said: str


@dataclass
class Tally:
    """What came of a family's faults."""

    tried: int = 0
    breaches: Counter[Breach] = field(default_factory=Counter)


def play(family_name: str, seed: int) -> Tried:
    """Play one fault of a family."""
    family = _BY_NAME[family_name]
    fault = family.draw(random.Random(f"{family_name}-{seed}"))
    try:
        with _within(family):
            seen = fault.play()
    except _Hang as hang:
        return Tried(family_name, seed, fault.name, (Breach.HANG,), str(hang))
    except TimeoutError as error:
        return Tried(family_name, seed, fault.name, (Breach.HANG,), str(error))
    except Exception:
        return Tried(family_name, seed, fault.name, (Breach.TRACEBACK,), traceback.format_exc())
    return Tried(family_name, seed, fault.name, tuple(breaches_of(fault.truth, seen)), seen.said)


def cases(number: int, processes_number: int, seed: int) -> list[tuple[str, int]]:
    """Share a number of faults out among the families, and add those with real processes."""
    whole = sum(family.share for family in FAMILIES.values())
    numbers = {name: -(-number * family.share // whole) for name, family in FAMILIES.items()}
    numbers[PROCESSES.name] = processes_number
    return [(name, seed * 1_000_000 + one) for name, many in numbers.items() for one in range(many)]


def play_all(chosen: Sequence[tuple[str, int]], at_once: int) -> Iterator[Tried]:
    """Play faults in fresh processes, some at a time, and yield each as it ends."""
    with ProcessPoolExecutor(at_once, get_context("spawn")) as pool:
        yield from pool.map(play, *zip(*chosen, strict=True), chunksize=1 if len(chosen) < 500 else 20)


def tally(tried: Iterable[Tried]) -> dict[str, Tally]:
    """Count by family."""
    tallies: dict[str, Tally] = {}
    for one in tried:
        of_family = tallies.setdefault(one.family, Tally())
        of_family.tried += 1
        of_family.breaches.update(one.breaches)
    return tallies


@contextmanager
def _within(family: Family) -> Iterator[None]:
    """Raise `_Hang` in a fault that takes more of either time than its family may."""
    with (
        _limited(signal.ITIMER_PROF, signal.SIGPROF, family.within_cpu_s, "of CPU time"),
        _limited(signal.ITIMER_REAL, signal.SIGALRM, family.within_s, "in all"),
    ):
        yield


@contextmanager
def _limited(timer: int, number: signal.Signals, limit_s: float, of: str) -> Iterator[None]:
    def give_up(_signal: int, _frame: FrameType | None) -> None:
        raise _Hang(f"longer than {limit_s:g} s {of}")

    before = signal.signal(number, give_up)
    signal.setitimer(timer, limit_s)
    try:
        yield
    finally:
        signal.setitimer(timer, 0)
        signal.signal(number, before)
