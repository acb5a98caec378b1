"""One run in this process, put together: run directory, targets, generator, controller, verdict."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import gevent
from gevent import get_hub

from harness.load.crew import LocalCrew
from harness.load.generator import Generator, Share
from harness.load.pacer import Pacer
from harness.load.session import Routes
from harness.load.strain import StrainGauge
from harness.load.target import Target, TargetError
from harness.load.timer import precise_timer
from harness.plan.model import Direct, Embedded, Ingress, Plan
from harness.record.run_directory import RunDirectory
from harness.record.run_info import run_info
from harness.rollout.controller import Controller, Watcher
from harness.rollout.embedded import EmbeddedService, ServiceError
from harness.rollout.judging import write_verdict
from harness.rollout.preflight import TargetDown, check_targets

# How often requests past their deadline are looked for: the most a timeout can be late.
_EXPIRE_EVERY_S = 0.02
_REPORT_WITHIN_S = 300


class GateError(Exception):
    """The run cannot start; the text says why and what to do."""


class Gate:
    """A prepared run: ``start`` it once its users wait for arrivals."""

    def __init__(
        self,
        plan: Plan,
        plan_file: Path,
        time_scale: float,
        stages: Sequence[str],
        user_classes: Sequence[type],
    ) -> None:
        self.plan = plan
        self._t0_s = time.perf_counter()
        info = run_info(plan, plan_file.stem, time.time(), time_scale, stages)
        self.run = RunDirectory.create("reports", plan_file.stem, plan_file.read_text(encoding="utf-8"), info)
        self._service: EmbeddedService | None = None
        self._hub = get_hub()
        try:
            self.generator = self._generator(user_classes)
        except (TargetError, TargetDown, ServiceError) as error:
            self._conclude_unstarted(error)
            raise GateError(str(error)) from None
        self._sweep = self._hub.loop.timer(_EXPIRE_EVERY_S, _EXPIRE_EVERY_S)
        self._sweep.start(self._expire)

    def controller(self, watch: Watcher) -> Controller:
        """Return the controller that walks the stages; ``watch`` is told how it goes."""
        crew = LocalCrew(self.generator, StrainGauge(time.perf_counter, time.process_time))
        return Controller(self.run, crew, time.perf_counter, self._t0_s, gevent.sleep, watch)

    def report(self) -> str | None:
        """Write the report in a child process; return what went wrong, if anything."""
        command = [sys.executable, "-m", "harness.cli", "report", str(self.run.path)]
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                timeout=_REPORT_WITHIN_S,
                check=False,
                stdin=subprocess.DEVNULL,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error)
        return None if done.returncode == 0 else done.stderr.strip()[-500:] or f"exit code {done.returncode}"

    def close(self) -> None:
        """End the embedded service and close every connection."""
        self._sweep.stop()
        self.generator.pacer.close()
        self.generator.routes.close()
        if self._service is not None:
            self._service.stop()

    def _generator(self, user_classes: Sequence[type]) -> Generator:
        urls, variant_header = self._targets()
        check_targets(urls, self.plan.probes.health if self.plan.probes else None)
        targets = [Target.of(url) for url in urls.values()]
        routes = Routes(
            targets * (3 - len(targets)), self.plan.load.timeout_s, time.perf_counter, variant_header
        )
        loop = self._hub.loop
        pacer = Pacer(
            lambda callback: precise_timer(loop, callback, time.perf_counter),
            time.perf_counter,
            self._hub.switch,
            lambda: gevent.sleep(0),
        )
        return Generator(self.plan, routes, pacer, user_classes, Share())

    def _targets(self) -> tuple[dict[str, str], str | None]:
        match self.plan.targets:
            case Direct(baseline=baseline, canary=canary):
                return {"baseline": baseline, "canary": canary}, None
            case Ingress(ingress=ingress, variant_header=header):
                return {"ingress": ingress}, header
            case Embedded() as faults:
                self._service = EmbeddedService.start(faults, self.plan.seed)
                return {"baseline": self._service.baseline, "canary": self._service.canary}, None

    def _conclude_unstarted(self, error: Exception) -> None:
        variant = error.variant if isinstance(error, TargetDown) else "target"
        now_s = time.perf_counter() - self._t0_s
        self.run.append_event(
            {"t_s": now_s, "event": "target_down", "variant": variant, "reason": str(error)}
        )
        write_verdict(self.run)
        if self._service is not None:
            self._service.stop()

    def _expire(self) -> None:
        self.generator.routes.expire(time.perf_counter())
