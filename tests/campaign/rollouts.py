"""Routers, commands and sources that fail while a release goes on, on a scripted clock."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

from harness.app.judging import write_verdict
from harness.plan.variant import Shares, Variant
from harness.rollout.exit_code import ExitCode
from harness.rollout.routers.router import RouterError
from tests.campaign.fault import Fault, Seen, Truth
from tests.rollout.scripted import Rollout, Router, plan_text

_FAILING = 0.9


class _SourceBrokeError(Exception):
    """Raised in the middle of whatever waits."""


class _UnreliableRouter(Router):
    """Fails or lies at some of its calls; it always takes the traffic back when asked again."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self._chance = chance
        self._bad = chance.choice([{0}, {1}, {2}, {0, 1}, {1, 2}])
        self._calls = 0
        self._how = chance.choice(["refuses", "lies", "raises"])

    def set_shares(self, stage: object, shares: object) -> None:
        self._calls += 1
        if self._calls - 1 in self._bad:
            if self._how == "lies":
                return
            raise RouterError("503") if self._how == "refuses" else OSError("the network is unreachable")
        super().set_shares(stage, shares)

    def verify(self) -> Shares:
        return super().verify() if self.weights else {Variant.CANARY: Fraction(0)}


def draw(chance: random.Random) -> Fault:
    """Choose a canary, and what goes wrong around it."""
    name, trouble = chance.choice(_TROUBLES)
    is_bad = chance.random() < 0.5
    seed = chance.randrange(1 << 30)

    def play() -> Seen:
        with tempfile.TemporaryDirectory() as root:
            rollout = trouble(Path(root), {1: _FAILING} if is_bad else {}, random.Random(seed))
            # As the session does: a broken part ends the run, and the evidence is judged.
            with suppress(_SourceBrokeError):
                rollout.controller.walk()
            verdict = write_verdict(rollout.run)
            code = ExitCode.of_directory(rollout.run)
            states = rollout.states
            contradicts = (code is ExitCode.PASS) != (states[-1:] == ["declared"])
            return Seen(verdict.outcome, is_lost=contradicts, said=f"{verdict.reason} {code!r} {states}")

    return Fault(f"{'bad' if is_bad else 'good'} canary: {name}", Truth.BAD if is_bad else Truth.GOOD, play)


Trouble = Callable[[Path, dict[int, float], random.Random], Rollout]


def _router(root: Path, failing: dict[int, float], chance: random.Random) -> Rollout:
    return Rollout(root, plan_text(), router=_UnreliableRouter(chance), failing=failing)


def _source_breaks(root: Path, failing: dict[int, float], chance: random.Random) -> Rollout:
    def break_down() -> None:
        raise _SourceBrokeError

    rollout = Rollout(root, plan_text(), router=Router(), failing=failing)
    rollout.clock.at[_moment(chance)] = break_down
    return rollout


def _worker_lost(root: Path, failing: dict[int, float], chance: random.Random) -> Rollout:
    rollout = Rollout(root, plan_text(), router=Router(), failing=failing)
    rollout.clock.at[_moment(chance)] = lambda: rollout.source.lost.append("worker 1 fell silent")
    return rollout


def _interrupted(root: Path, failing: dict[int, float], chance: random.Random) -> Rollout:
    rollout = Rollout(root, plan_text(), router=Router(), failing=failing)
    rollout.clock.at[_moment(chance)] = lambda: rollout.controller.interrupt("SIGTERM")
    return rollout


def _process_ends(root: Path, failing: dict[int, float], _: random.Random) -> Rollout:
    return Rollout(root, plan_text(), router=Router(), failing=failing, problem="the process ended")


def _traffic_stays(root: Path, failing: dict[int, float], _: random.Random) -> Rollout:
    return Rollout(
        root, plan_text(), router=Router(), failing=failing, wrong_after="it still reaches the canary"
    )


def _moment(chance: random.Random) -> float:
    return 100.0 + chance.uniform(0.0, 25.0)


_TROUBLES: tuple[tuple[str, Trouble], ...] = (
    ("the router fails or lies", _router),
    ("the source breaks", _source_breaks),
    ("a worker is lost", _worker_lost),
    ("the run is interrupted", _interrupted),
    ("a process beside the run ends", _process_ends),
    ("traffic stays after the rollback", _traffic_stays),
)
