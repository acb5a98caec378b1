"""Asks every question at the same pace, however long the answers take."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

from harness.client.http import AsyncClients
from harness.record.probes import Probe
from harness.rollout.probes.instances import ProbeQuestion
from harness.rollout.probes.questions import Clock

Append = Callable[[Probe], None]


async def ask_in_rounds(
    questions: Sequence[ProbeQuestion],
    clients: AsyncClients,
    interval_s: float,
    clock: Clock,
    append: Append,
    ended: asyncio.Event,
) -> None:
    """Ask all questions now and every `interval_s` until `ended`; records carry the time of asking.

    A round does not wait for the answers of the one before, so a service that hangs leaves failed probes
    rather than a gap. A round that is late is skipped. Answers still awaited at the end are lost.
    """
    due_s = clock()
    async with asyncio.TaskGroup() as asking:
        under_way: set[asyncio.Task[None]] = set()
        while not ended.is_set():
            for question in questions:
                task = asking.create_task(_record(question, clients, clock(), append))
                under_way.add(task)
                task.add_done_callback(under_way.discard)
            due_s += interval_s * max(1, -(-(clock() - due_s) // interval_s))
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, due_s - clock())):
                    await ended.wait()
        for task in tuple(under_way):
            task.cancel()


async def _record(question: ProbeQuestion, clients: AsyncClients, at_s: float, append: Append) -> None:
    append(await question(clients, round(at_s, 6)))
