"""Workers and the network between them and their master."""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.campaign.fault import Fault, Seen, Truth
from tests.load.workers.world import PER_WINDOW, STAGE_S, World, joined

_WINDOWS = int(STAGE_S / 0.5)


def draw(chance: random.Random) -> Fault:
    """Choose workers, a network and what goes wrong during a stage."""
    name, trouble = chance.choice(_TROUBLES)
    workers, seed = chance.randrange(1, 5), chance.randrange(1 << 30)

    def play() -> Seen:
        world = joined(workers=workers, seed=seed)
        trouble(world, random.Random(seed))
        losses = world.stage()
        expected = workers * PER_WINDOW * _WINDOWS
        return Seen(
            is_lost=not losses and world.requests() != expected,
            said=f"{world.requests()} of {expected} requests, losses {losses}",
        )

    return Fault(name, Truth.OPEN, play)


def _lossy(world: World, chance: random.Random) -> None:
    world.loss = chance.uniform(0.05, 0.6)


def _doubling(world: World, chance: random.Random) -> None:
    world.doubled = chance.uniform(0.1, 1.0)


def _lossy_and_doubling(world: World, chance: random.Random) -> None:
    _lossy(world, chance)
    _doubling(world, chance)


def _soon(happens: Callable[[World, str], None]) -> Callable[[World, random.Random], None]:
    """Let something happen to one worker at a moment of the stage."""

    def trouble(world: World, chance: random.Random) -> None:
        name, generator = chance.choice(list(world.generators.items()))
        at_s, advance = world.now_s + chance.uniform(0, 6), generator.advance

        def advance_then() -> None:
            if world.now_s >= at_s:
                happens(world, name)
            advance()

        generator.advance = advance_then

    return trouble


def _cut_for_ever(world: World, name: str) -> None:
    world.cut.add(name)


def _freeze(world: World, name: str) -> None:
    world.frozen.add(name)


def _late_comer(world: World, chance: random.Random) -> None:
    world.add("late")


_TROUBLES: tuple[tuple[str, Callable[[World, random.Random], None]], ...] = (
    ("messages are lost", _lossy),
    ("messages come twice", _doubling),
    ("messages are lost and come twice", _lossy_and_doubling),
    ("a worker's network is cut", _soon(_cut_for_ever)),
    ("a worker freezes", _soon(_freeze)),
    ("a worker comes late", _late_comer),
)
