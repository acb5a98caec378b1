"""Faults that show in the process rather than in single responses: stall, memory leak, refusal, crash."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from harness.demo.behaviour.behaviour import Behaviour
from harness.demo.behaviour.schedule import is_crashed, is_refusing, is_stalled
from harness.demo.behaviour.valve import Valve

TICK_S = 0.02
CRASHED = 70
MAX_LEAK_BYTES = 4 * 1024**3


class SwitchableServer(Protocol):
    """Accepts or refuses connections."""

    def open(self) -> None:
        """Listen, unless it already does."""

    def shut(self) -> None:
        """Refuse connections and reset the open ones, unless it already does."""


class Leak:
    """Memory that is really resident, every page written; at most 4 GiB."""

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
        """Free all of it."""
        self._chunks.clear()
        self.held_bytes = 0


class Symptoms:
    """Applies the faults of a behaviour to the process, fifty times a second."""

    def __init__(
        self, behaviour: Behaviour, valve: Valve, server: SwitchableServer, crash: Callable[[int], object]
    ) -> None:
        self._behaviour = behaviour
        self._valve = valve
        self._server = server
        self._crash = crash
        self._leak = Leak()

    def show(self, now_s: float, tick_s: float) -> None:
        """Bring the process into the state of the faults now, `tick_s` after the last time."""
        faults, age_s = self._behaviour.faults, self._behaviour.age_s(now_s)
        if faults and is_crashed(faults, age_s):
            self._crash(CRASHED)
        if faults and is_stalled(faults, age_s):
            self._valve.shut()
        else:
            self._valve.open()
        if faults and faults.memory_leak_bytes_per_s > 0:
            self._leak.grow(faults.memory_leak_bytes_per_s * tick_s)
        else:
            self._leak.release()
        if faults and is_refusing(faults, age_s):
            self._server.shut()
        else:
            self._server.open()

    async def run(self, clock: Callable[[], float]) -> None:
        """Keep applying them until cancelled."""
        last_s = clock()
        while True:
            now_s = clock()
            self.show(now_s, now_s - last_s)
            last_s = now_s
            await asyncio.sleep(TICK_S)
