"""One run, put together: run directory, targets, whoever sends the load, controller, report."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import gevent

from harness.app.embedded_service import ServiceError
from harness.app.judging import write_verdict
from harness.app.target_check import TargetDown, check_targets
from harness.app.target_environment import TargetEnvironment
from harness.load.http.target import TargetError
from harness.load.locust.engine import Destination
from harness.plan.model import Plan
from harness.process.child import Child, command_of
from harness.record.run_directory import RunDirectory
from harness.record.run_info import run_info
from harness.record.window_source import WindowSource
from harness.rollout.controller import Controller
from harness.rollout.listeners import RunListeners
from harness.rollout.probes.process import start_probing
from harness.rollout.release import Release
from harness.rollout.rollback_check import check_back
from harness.rollout.routers.choice import router_of
from harness.rollout.routers.router import RouterError
from harness.rollout.run_context import RunContext

_REPORT_WITHIN_S = 300


class StartError(Exception):
    """The run cannot start; the text says why and what to do."""


@dataclass(frozen=True)
class RunRequest:
    """What the user asked for: the plan as it is run, the file it came from, and how it was cut."""

    plan: Plan
    file: Path
    stages: Sequence[str]
    time_scale: float


class RunSession:
    """A prepared run: hand its controller the stages once users wait for arrivals.

    ``make_crew`` is given the destination of the load and returns who sends it.
    """

    def __init__(self, order: RunRequest, make_backend: Callable[[Destination], WindowSource]) -> None:
        self.plan = order.plan
        self._t0_s = time.perf_counter()
        info = run_info(order.plan, order.file.stem, time.time(), order.time_scale, order.stages)
        text = order.file.read_text(encoding="utf-8")
        self.run = RunDirectory.create("reports", order.file.stem, text, info)
        self._environment: TargetEnvironment | None = None
        try:
            self._environment = TargetEnvironment.open(self.plan, gevent.sleep)
            check_targets(self._environment.load.urls, self._health)
            self._backend = make_backend(
                Destination(self._environment.load.urls, self._environment.load.variant_header)
            )
        except (TargetError, TargetDown, ServiceError, RouterError) as error:
            self._conclude_unstarted(error)
            raise StartError(str(error)) from None

    def controller(self, listeners: RunListeners) -> Controller:
        """Return the controller that walks the stages."""
        context = RunContext(self.run, self._backend, time.perf_counter, self._t0_s, gevent.sleep, listeners)
        return Controller(context, self._release, (self._start_probing, self._start_lookout))

    @property
    def _health(self) -> str | None:
        return self.plan.probes.health if self.plan.probes else None

    def _release(self, tell: Callable[..., None], pause: Callable[[float], object]) -> Release:
        router = router_of(self.plan.router) if self.plan.router else None
        assert self._environment is not None  # a gate without a site was never returned
        return Release(
            self.plan, router, tell, partial(check_back, self._environment.load, self._health), pause
        )

    def _start_probing(self) -> Child | None:
        if self.plan.probes is None or self._environment is None:
            return None
        return start_probing(self.run, self._environment.probed, self._t0_s)

    def _start_lookout(self) -> Child:
        return Child.start("harness.live.evaluation", str(self.run.path))

    def report(self) -> str | None:
        """Write the report in a child process; return what went wrong, if anything."""
        command = command_of("harness.cli.main", "report", str(self.run.path))
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
        """End what the run started."""
        if self._environment is not None:
            self._environment.stop()

    def _conclude_unstarted(self, error: Exception) -> None:
        variant = error.variant if isinstance(error, TargetDown) else "target"
        now_s = time.perf_counter() - self._t0_s
        down = {"t_s": now_s, "event": "target_down", "variant": variant, "reason": str(error)}
        self.run.append_event(down)
        write_verdict(self.run)
        self.close()
