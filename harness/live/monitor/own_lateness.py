"""How late this process was itself while it waited for answers: what it adds to the times it measures."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final, Self

_BEAT_S: Final = 0.005
_USUAL_S: Final = 0.002
"""A timer of a machine with other work to do is often so late."""


class OwnLateness:
    """Sleeps for five milliseconds again and again, and adds up what sleeps took notably longer."""

    def __init__(
        self, clock: Callable[[], float], sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep
    ) -> None:
        self._clock, self._sleep = clock, sleep
        self._late_s = 0.0

    @property
    def late_s(self) -> float:
        """Return the lateness so far, that of the sleep under way included."""
        return self._late_s + _notable(self._clock() - self._due_s)

    async def __aenter__(self) -> Self:
        self._due_s = self._clock() + _BEAT_S
        self._task = asyncio.create_task(self._beat())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _beat(self) -> None:
        while True:
            await self._sleep(_BEAT_S)
            now_s = self._clock()
            self._late_s += _notable(now_s - self._due_s)
            self._due_s = now_s + _BEAT_S


def _notable(late_s: float) -> float:
    return late_s if late_s > _USUAL_S else 0.0
