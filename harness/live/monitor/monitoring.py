"""A monitoring session: asks, shows, keeps the evidence, and knows its exit code."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx

from harness.live.monitor.line import COLOURS, json_of, line_of
from harness.live.monitor.monitor import Look, ReleaseMonitor, watch_service
from harness.plan.levels import Level
from harness.plan.model import Direct, Embedded, Ingress, Plan, Probes
from harness.plan.variant import Variant
from harness.record.run_directory import RunDirectory
from harness.rollout.exit_code import ExitCode
from harness.rollout.probes.questions import ProbeTargets, questions_of

_LOCAL = "http://localhost:8080"


class Monitoring:
    """``show`` prints a line in a style. What is watched counts as the canary, the version in question."""

    def __init__(
        self,
        run: RunDirectory,
        url: str | None,
        path: str | None,
        as_json: bool,
        show: Callable[[str, str], None],
    ) -> None:
        self._run = run
        self._plan = run.plan
        self._url = (url or watched_url(self._plan)).rstrip("/")
        self._path = path
        self._as_json = as_json
        self._show = show
        self._watch = ReleaseMonitor(self._plan)
        self._level = self._worst = Level.OK
        self._looks = 0
        self.trigger: str | None = None

    @property
    def exit_code(self) -> ExitCode:
        """`PASS` unless a critical level was reached or a trigger fired."""
        failed = self.trigger is not None or self._worst is Level.CRITICAL
        return ExitCode.FAIL if failed else ExitCode.PASS

    @property
    def summary(self) -> str:
        """What it came to, in a few words."""
        fired = f", trigger fired: {self.trigger}" if self.trigger else ""
        return f"{self._looks} looks, worst level {self._worst}{fired}"

    async def run(self, interval_s: float, rounds: int) -> None:
        """ReleaseMonitor for so many rounds, or until a trigger fires."""
        probes = self._plan.probes
        assert probes is not None  # a plan without probes was refused
        t0_s = time.monotonic()

        def clock() -> float:
            return time.monotonic() - t0_s

        asked = ProbeTargets({str(Variant.CANARY): self._url})
        async with httpx.AsyncClient(timeout=probes.timeout_s, trust_env=False) as client:
            questions = questions_of(probes, asked, clock)
            if self._path is not None:
                questions += questions_of(Probes(health=self._path, timeout_s=probes.timeout_s), asked, clock)
            await watch_service(questions, client, interval_s, rounds, clock, self._take)

    def _take(self, at_s: float, records: Sequence[Mapping[str, Any]]) -> bool:
        for record in records:
            self._run.append_probe(record)
        look = self._watch.take(at_s, records)
        self._looks += 1
        self._note(look)
        epoch_s = self._run.run["epoch_s"] + at_s
        clock_text = f"{datetime.fromtimestamp(epoch_s, UTC):%H:%M:%S}"
        if self._as_json:
            self._show(json_of(look), "")
        else:
            self._show(line_of(look, clock_text), COLOURS[look.level])
        return self.trigger is not None

    def _note(self, look: Look) -> None:
        """Keep changes of the level and the trigger as events."""
        order = list(Level)
        if look.level is not self._level:
            self._level = look.level
            text = "; ".join(look.reasons)
            self._event(look, "level_reached", measure="service", level=look.level, value=0.0, limit=text)
        self._worst = max(self._worst, look.level, key=order.index)
        if look.trigger is not None:
            self.trigger = look.trigger
            self._event(look, "trigger_fired", stage="monitor", trigger=look.trigger)

    def _event(self, look: Look, event: str, **fields: Any) -> None:
        self._run.append_event({"t_s": round(look.at_s, 3), "event": event, **fields})


def watched_url(plan: Plan) -> str:
    """Return the address to watch when none is given."""
    match plan.targets:
        case Direct(canary=canary):
            return canary
        case Ingress(ingress=ingress):
            return ingress
        case Embedded():
            return _LOCAL
