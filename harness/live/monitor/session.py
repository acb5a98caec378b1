"""A monitoring session: asks at an even pace, shows each status, and keeps the evidence."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from harness.live.monitor.service_status import ServiceEvaluation, ServiceStatus
from harness.live.monitor.text import COLOURS, json_of, line_of
from harness.plan.levels import Level
from harness.record.journal import Record
from harness.record.run_directory import RunDirectory

AskRound = Callable[[], Awaitable[Sequence[Record]]]
"""Asks every question of a plan once, and returns the probe records but for their time."""
Show = Callable[[str, str], None]
"""Prints a line in a style."""


class MonitorSession:
    """Monitors one service until its time is over or a trigger fires."""

    def __init__(self, run: RunDirectory, show: Show, *, as_json: bool) -> None:
        self._run = run
        self._show = show
        self._as_json = as_json
        self._evaluation = ServiceEvaluation(run.plan)
        self._level = self._worst = Level.OK
        self._looks = 0
        self.trigger: str | None = None
        """The trigger that fired."""

    @property
    def has_failed(self) -> bool:
        """Whether a critical level was reached or a trigger fired."""
        return self.trigger is not None or self._worst is Level.CRITICAL

    @property
    def summary(self) -> str:
        """What it came to, in a few words."""
        fired = f", trigger fired: {self.trigger}" if self.trigger else ""
        return f"{self._looks} looks, worst level {self._worst}{fired}"

    async def watch(
        self,
        ask: AskRound,
        interval_s: float,
        rounds: int,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep,
    ) -> None:
        """Ask once an interval, so many times or until a trigger fires; `clock` starts with the session."""
        began_s = clock()
        for number in range(rounds):
            await sleep(max(0.0, began_s + number * interval_s - clock()))
            at_s = clock()
            self.take(at_s, [{"t_s": round(at_s, 6), **record} for record in await ask()])
            if self.trigger is not None:
                return

    def take(self, at_s: float, records: Sequence[Record]) -> None:
        """Take one round of probe records."""
        for record in records:
            self._run.append_probe(record)
        status = self._evaluation.take(at_s, records)
        self._looks += 1
        self._note(status)
        if self._as_json:
            self._show(json_of(status), "")
        else:
            clock_time = datetime.fromtimestamp(self._run.run["epoch_s"] + at_s, UTC)
            self._show(line_of(status, f"{clock_time:%H:%M:%S}"), COLOURS[status.level])

    def _note(self, status: ServiceStatus) -> None:
        """Keep changes of the level and the trigger as events."""
        if status.level is not self._level:
            self._level = status.level
            limit = "; ".join(status.reasons)
            self._event(
                status, "level_reached", measure="service", level=status.level, value=0.0, limit=limit
            )
        self._worst = max(self._worst, status.level, key=list(Level).index)
        if status.trigger is not None:
            self.trigger = status.trigger
            self._event(status, "trigger_fired", stage="monitor", trigger=status.trigger)

    def _event(self, status: ServiceStatus, event: str, **fields: Any) -> None:
        self._run.append_event({"t_s": round(status.at_s, 3), "event": event, **fields})
