"""Watches the real traffic of a plan, without Locust."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from harness.app.run_session import RunRequest, RunSession
from harness.observe.log_source import AccessLogSource
from harness.observe.metrics_source import MetricsSource
from harness.observe.traffic_check import check_traffic
from harness.plan.loader import PlanFile
from harness.record.evidence_source import EvidenceSource
from harness.record.run_directory import RunDirectory
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
    plan, file = read.plan, read.file
    traffic = plan.traffic
    if traffic is None:
        raise NoTraffic(f"{file} has no `traffic`; `harness run {file}` sends its load")
    # Before anything is deployed: what the log says from now on belongs to the run.
    source: AccessLogSource | MetricsSource
    if traffic.metrics is not None:
        source, kind = MetricsSource(plan, traffic.metrics), EvidenceSource.METRICS
    else:
        source, kind = (
            AccessLogSource.start(plan, traffic, read.overrides.secret_variables),
            EvidenceSource.ACCESS_LOG,
        )
    try:
        request = RunRequest(read, stages, time_scale, kind, root)
        session = RunSession(
            request,
            lambda environment: source,
            on_created=on_created,
            check_traffic=lambda: check_traffic(source) if isinstance(source, AccessLogSource) else None,
        )
        try:
            _interrupt_on_signals(session)
            code = session.execute()
            session.show_result()
            return code
        finally:
            session.close()
    finally:
        source.close()


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
