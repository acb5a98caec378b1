"""Watches the real traffic of a plan, without Locust."""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from harness.app.run_session import CheckTraffic, RunRequest, RunSession
from harness.observe.log_source import AccessLogSource
from harness.observe.metrics_source import MetricsSource
from harness.observe.traffic_check import check_traffic
from harness.plan.loader import PlanFile
from harness.plan.traffic.metrics import Metrics
from harness.plan.traffic.traffic import AccessLog
from harness.record.evidence_source import EvidenceSource
from harness.record.run_directory import RunDirectory
from harness.record.sources.wall_clock import WallClock
from harness.record.window_source import WindowSource
from harness.rollout.exit_code import ExitCode

_LOG = logging.getLogger("harness")


class NoTraffic(Exception):
    """The plan watches no traffic; the text says what it does."""


def observe(
    read: PlanFile,
    stages: Sequence[str],
    time_scale: float,
    root: Path,
    on_created: Callable[[RunDirectory], object],
) -> ExitCode:
    """Run a plan, and keep the run below `root`; raises NoTraffic, StartError and ChildError."""
    # Before anything is deployed: what the log says from now on belongs to the run.
    wall = WallClock(time.perf_counter)
    watching = _watch(read, wall)
    try:
        request = RunRequest(read, stages, time_scale, watching.kind, root)
        session = RunSession(
            request,
            lambda environment: watching.source,
            on_created=on_created,
            check_traffic=watching.check,
            wall=wall,
        )
        try:
            _interrupt_on_signals(session)
            code = session.execute()
            session.show_result()
            return code
        finally:
            session.close()
    finally:
        watching.close()


@dataclass(frozen=True)
class _Watching:
    """What watches the traffic of a plan; `check` says what is wrong with it after a rollback."""

    source: WindowSource
    kind: EvidenceSource
    check: CheckTraffic
    close: Callable[[], None]


def _watch(read: PlanFile, wall: WallClock) -> _Watching:
    plan, file = read.plan, read.file
    if plan.traffic is None:
        raise NoTraffic(f"{file} has no `traffic`; `harness run {file}` sends its load")
    match plan.traffic.watched:
        case AccessLog():
            log = AccessLogSource.start(plan, plan.traffic, wall, read.overrides.secret_variables)
            return _Watching(log, EvidenceSource.ACCESS_LOG, partial(check_traffic, log), log.close)
        case Metrics() as settings:
            metrics = MetricsSource(plan, settings, wall)
            # A histogram has no single requests, so which came last is unknown.
            return _Watching(metrics, EvidenceSource.METRICS, lambda: None, metrics.close)


def _interrupt_on_signals(session: RunSession) -> None:
    def on_signal(number: int, _: Any) -> None:
        if session.is_interrupted:
            # The second signal ends the process at once.
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        _LOG.warning("interrupted; the run ends and keeps its evidence, another signal ends it at once")
        session.interrupt(signal.Signals(number).name)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, on_signal)
