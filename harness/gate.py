"""One run, put together: run directory, targets, whoever sends the load, controller, report."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import gevent

from harness.load.crew import Crew
from harness.load.engine import Destination
from harness.load.target import TargetError
from harness.plan.model import Direct, Embedded, Ingress, Plan
from harness.record.run_directory import RunDirectory
from harness.record.run_info import run_info
from harness.rollout.controller import Controller, Watcher
from harness.rollout.embedded import EmbeddedService, ServiceError
from harness.rollout.judging import write_verdict
from harness.rollout.preflight import TargetDown, check_targets
from harness.rollout.probes.process import ProbingProcess
from harness.rollout.probes.questions import Asked

_REPORT_WITHIN_S = 300


class GateError(Exception):
    """The run cannot start; the text says why and what to do."""


@dataclass(frozen=True)
class Order:
    """What the user asked for: the plan as it is run, the file it came from, and how it was cut."""

    plan: Plan
    file: Path
    stages: Sequence[str]
    time_scale: float


class Gate:
    """A prepared run: hand its controller the stages once users wait for arrivals.

    ``make_crew`` is given the destination of the load and returns who sends it.
    """

    def __init__(self, order: Order, make_crew: Callable[[Destination], Crew]) -> None:
        self.plan = order.plan
        self._t0_s = time.perf_counter()
        info = run_info(order.plan, order.file.stem, time.time(), order.time_scale, order.stages)
        text = order.file.read_text(encoding="utf-8")
        self.run = RunDirectory.create("reports", order.file.stem, text, info)
        self._service: EmbeddedService | None = None
        try:
            destination = self._destination()
            self._asked = Asked(destination.urls, destination.variant_header)
            check_targets(destination.urls, self.plan.probes.health if self.plan.probes else None)
            self._crew = make_crew(destination)
        except (TargetError, TargetDown, ServiceError) as error:
            self._conclude_unstarted(error)
            raise GateError(str(error)) from None

    def controller(self, watch: Watcher) -> Controller:
        """Return the controller that walks the stages; ``watch`` is told how it goes."""
        return Controller(
            self.run, self._crew, time.perf_counter, self._t0_s, gevent.sleep, watch, self._start_probing
        )

    def _start_probing(self) -> ProbingProcess | None:
        if self.plan.probes is None:
            return None
        return ProbingProcess.start(self.run, self._asked, self._t0_s)

    def report(self) -> str | None:
        """Write the report in a child process; return what went wrong, if anything."""
        command = [sys.executable, "-m", "harness.cli", "report", str(self.run.path)]
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_REPORT_WITHIN_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error)
        return None if done.returncode == 0 else done.stderr.strip()[-500:] or f"exit code {done.returncode}"

    def close(self) -> None:
        """End the embedded service."""
        if self._service is not None:
            self._service.stop()

    def _destination(self) -> Destination:
        match self.plan.targets:
            case Direct(baseline=baseline, canary=canary):
                return Destination({"baseline": baseline, "canary": canary})
            case Ingress(ingress=ingress, variant_header=header):
                return Destination({"ingress": ingress}, header)
            case Embedded() as faults:
                self._service = EmbeddedService.start(faults, self.plan.seed)
                return Destination({"baseline": self._service.baseline, "canary": self._service.canary})

    def _conclude_unstarted(self, error: Exception) -> None:
        variant = error.variant if isinstance(error, TargetDown) else "target"
        now_s = time.perf_counter() - self._t0_s
        down = {"t_s": now_s, "event": "target_down", "variant": variant, "reason": str(error)}
        self.run.append_event(down)
        write_verdict(self.run)
        self.close()
