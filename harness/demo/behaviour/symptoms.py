"""Faults that show in the process rather than in single answers: stall, memory leak, refusal, crash."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from harness.demo.behaviour.behaviour import Behaviour
from harness.demo.behaviour.schedule import is_crashed, is_refusing, is_stalled
from harness.demo.behaviour.valve import Valve

TICK_S = 0.02
CRASHED = 70
MAX_LEAK_BYTES = 4 * 1024**3


class Door(Protocol):
    """What lets connections in."""

    async def open(self) -> None:
        """Listen, unless it already does."""

    async def shut(self) -> None:
        """Refuse connections and reset the open ones, unless it already does."""


class Leak:
    """Memory that is really there, every page of it written; 4 GiB at most."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self._owed_bytes = 0.0
        self.held_bytes = 0

    def grow(self, leaked_bytes: float) -> None:
        """Leak this much more; fractions of a byte add up."""
        self._owed_bytes += leaked_bytes
        chunk = b"\xa5" * min(int(self._owed_bytes), MAX_LEAK_BYTES - self.held_bytes)
        self._owed_bytes %= 1
        if chunk:
            self._chunks.append(chunk)
            self.held_bytes += len(chunk)

    def release(self) -> None:
        """Give all of it back."""
        self._chunks.clear()
        self.held_bytes = 0


class Symptoms:
    """Acts out the faults of a behaviour, fifty times a second."""

    def __init__(self, behaviour: Behaviour, gate: Valve, door: Door, crash: Callable[[int], object]) -> None:
        self._behaviour = behaviour
        self._gate = gate
        self._door = door
        self._crash = crash
        self._leak = Leak()

    async def show(self, now_s: float, tick_s: float) -> None:
        """Bring the process to the state the faults ask for now, `tick_s` after the last time."""
        faults, age_s = self._behaviour.faults, self._behaviour.age_s(now_s)
        if is_crashed(faults, age_s):
            self._crash(CRASHED)
        if is_stalled(faults, age_s):
            self._gate.shut()
        else:
            self._gate.open()
        if faults.memory_leak_bytes_per_s > 0:
            self._leak.grow(faults.memory_leak_bytes_per_s * tick_s)
        else:
            self._leak.release()
        await (self._door.shut() if is_refusing(faults, age_s) else self._door.open())

    async def run(self, clock: Callable[[], float]) -> None:
        """Keep showing them until cancelled."""
        last_s = clock()
        while True:
            now_s = clock()
            await self.show(now_s, now_s - last_s)
            last_s = now_s
            await asyncio.sleep(TICK_S)
