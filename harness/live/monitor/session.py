"""A monitoring session: probes at an even pace, shows each status, and keeps the evidence."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from harness.judge.stage_probes import UNREADABLE
from harness.live.monitor.service_status import ServiceEvaluation, ServiceStatus
from harness.live.monitor.text import COLOURS, json_of, line_of
from harness.plan.levels import Level
from harness.record.events.event import Event
from harness.record.events.stage import LevelReached, TriggerFired
from harness.record.probes import Probe
from harness.record.run_directory import RunDirectory

AskRound = Callable[[float], Awaitable[Sequence[Probe]]]
"""Asks every question of a plan once, at this second of the session."""
LASTING_LOOKS: Final = 3
"""One check stands for no percentile and no outage: so many looks in a row have to say the same."""
Show = Callable[[str, str], None]
"""Prints a line in a style."""


class MonitorSession:
    """Monitors one service until its time is over or a trigger fires; `log` takes the events."""

    def __init__(
        self, run: RunDirectory, log: Callable[[Event], object], show: Show, *, as_json: bool
    ) -> None:
        self._run = run
        self._log = log
        self._show = show
        self._as_json = as_json
        self._evaluation = ServiceEvaluation(run.plan)
        self._level = self._worst = Level.OK
        self._looks = self._critical = self._in_a_row = 0
        self._lasts = False
        self._seen: set[str] = set()
        self._silent: Counter[str] = Counter()
        self.trigger: str | None = None
        """The trigger that fired."""

    @property
    def has_failed(self) -> bool:
        """Whether a critical level lasted, or was there at each of fewer looks, or a trigger fired."""
        return self.trigger is not None or self._lasts or 0 < self._looks == self._critical

    @property
    def is_undecided(self) -> bool:
        """Whether too much could not be seen, or was critical without lasting: more looks than p95 leaves."""
        return bool(self.unseen) or self._critical > UNREADABLE * self._looks

    @property
    def unseen(self) -> tuple[str, ...]:
        """What gave too few answers to say that it is well."""
        silent = {name for name, looks in self._silent.items() if looks > UNREADABLE * self._looks}
        return tuple(sorted(silent | (self._evaluation.watched - self._seen)))

    @property
    def summary(self) -> str:
        """What it came to, in a few words."""
        fired = f", trigger fired: {self.trigger}" if self.trigger else ""
        unseen = f", not seen: {', '.join(self.unseen)}" if self.unseen else ""
        passing = "" if self._lasts or not self._critical else f" at {self._critical}, not lasting"
        return f"{self._looks} looks, worst level {self._worst}{passing}{fired}{unseen}"

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
            self.take(at_s, await ask(round(at_s, 6)))
            if self.trigger is not None:
                return

    def take(self, at_s: float, probes: Sequence[Probe]) -> None:
        """Take one round of probes."""
        for probe in probes:
            self._run.append_probe(probe)
        status = self._evaluation.take(at_s, probes)
        self._looks += 1
        self._seen |= status.seen
        self._silent.update(status.unseen)
        self._note(status)
        if self._as_json:
            self._show(json_of(status), "")
        else:
            clock_time = datetime.fromtimestamp(self._run.run["epoch_s"] + at_s, UTC)
            self._show(line_of(status, f"{clock_time:%H:%M:%S}"), COLOURS[status.level])

    def _note(self, status: ServiceStatus) -> None:
        """Keep changes of the level and the trigger as events."""
        t_s, level = round(status.at_s, 3), status.level
        if level is not self._level:
            self._level = level
            limit = "; ".join(status.reasons)
            self._log(LevelReached(t_s=t_s, measure="service", level=level, value=0.0, limit=limit))
        self._count(status)
        self._worst = max(self._worst, level, key=list(Level).index)
        if status.trigger is not None:
            self.trigger = status.trigger
            self._log(TriggerFired(t_s=t_s, stage="monitor", trigger=status.trigger))

    def _count(self, status: ServiceStatus) -> None:
        """Count looks at a critical level; one that tells nothing neither adds to a row nor ends it."""
        if status.level is Level.CRITICAL:
            self._critical += 1
            self._in_a_row += 1
            self._lasts |= status.is_certain or self._in_a_row >= LASTING_LOOKS
        elif status.level is not Level.UNKNOWN:
            self._in_a_row = 0
