"""What a run tells the receivers of its plan: nothing of it can break the run or hold it up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.judge.verdict import Verdict
from harness.notify.message import Subject
from harness.notify.notifier import FINISHES_WITHIN_S, Notifier
from harness.plan.model import Plan
from harness.process.view_guard import ViewGuard
from harness.record.events.event import Event
from harness.record.run_directory import RunDirectory
from harness.rollout.event_log import EventLog

_NAME = "notifications"


class Notifications:
    """Tells the receivers of a plan; nobody where it names none or they cannot be told.

    It hears the events of the log that it writes to, so it is made before that log and started with it.
    """

    def __init__(self, views: ViewGuard) -> None:
        self._views = views
        self._notifier: Notifier | None = None

    def start(
        self,
        plan: Plan,
        run: RunDirectory,
        log: EventLog,
        clock: Callable[[], float],
        sleep: Callable[[float], Any],
    ) -> None:
        """Start the process that delivers, if the plan names receivers."""
        if plan.notify:
            subject = Subject(plan.service, run.release, run.path)
            self._notifier = Notifier.start(
                subject, plan.notify, log, clock, sleep, run.overrides.secret_variables
            )

    def hear(self, event: Event) -> None:
        """Tell of an event what is worth it."""
        if self._notifier is not None:
            self._notifier.hear(event)

    def conclude(self, verdict: Verdict) -> None:
        """Tell how the run ended."""
        if self._notifier is not None:
            self._views.call(_NAME, self._notifier.conclude, verdict)

    def finish(self) -> None:
        """Wait a bounded time for what is under way."""
        if self._notifier is not None:
            self._views.call(_NAME, self._notifier.finish, within_s=FINISHES_WITHIN_S)
