"""What ends a run before its last stage: a person, a trigger, a stage that cannot pass, a lost worker."""

from __future__ import annotations

from harness.judge.notices import EarlyFailNotice, LevelNotice, Notice, TriggerNotice
from harness.plan.model import Stage
from harness.record.events.run import WorkerLost
from harness.record.events.stage import FailedEarly, LevelReached, TriggerFired
from harness.rollout.background import BackgroundProcesses
from harness.rollout.run_context import RunContext


class EarlyEnd:
    """Collects the reasons to end a run early, and records each as an event.

    The first reason of a kind stays; later ones do not replace it.
    """

    def __init__(self, context: RunContext, processes: BackgroundProcesses) -> None:
        self._source = context.source
        self._log = context.log
        self._processes = processes
        self.lost: str | None = None
        """What was lost of the source, so that no later stage can be trusted."""
        self.interrupted: str | None = None
        """The signal or the request that ended the run."""
        self.urgent: str | None = None
        """Why everything must be rolled back at once, before anything is judged."""
        self.cannot_pass = False
        """Whether the stage under load cannot pass any more."""

    @property
    def is_due(self) -> bool:
        """Whether going on makes no sense."""
        return bool(self.interrupted or self.urgent or self.cannot_pass or self.lost)

    def interrupt(self, reason: str) -> None:
        """End the run soon, keeping its evidence."""
        self.interrupted = self.interrupted or reason

    def fire(self, stage: str, trigger: str, reason: str) -> None:
        """Note that a rollback trigger fired."""
        if self.urgent is None:
            self.urgent = f"trigger: {trigger}"
            self._log(TriggerFired(t_s=self._log.now_s(), stage=stage, trigger=trigger, reason=reason))

    def reject(self, reason: str) -> None:
        """Note that a person rejects the stage before it has ended."""
        self.urgent = self.urgent or reason

    def update(self, stage: Stage, *, is_loaded: bool) -> None:
        """Take note of losses and of what the background processes sent; cheap, so call it often."""
        for loss in self._source.losses():
            self.lost = self.lost or loss
            self._log(WorkerLost(t_s=self._log.now_s(), stage=stage.name, reason=loss))
        for notice in self._processes.notices():
            self._take(notice, stage, is_loaded=is_loaded)

    def _take(self, notice: Notice, stage: Stage, *, is_loaded: bool) -> None:
        match notice:
            case TriggerNotice():
                self.fire(notice.stage or stage.name, notice.trigger, notice.reason)
            case EarlyFailNotice() if is_loaded and notice.stage == stage.name and not self.is_due:
                self._give_up(stage, notice)
            case LevelNotice():
                about = {**vars(notice), "stage": notice.stage or stage.name}
                self._log(LevelReached(t_s=self._log.now_s(), **about))

    def _give_up(self, stage: Stage, notice: EarlyFailNotice) -> None:
        """End a stage under load that cannot pass any more; the plan says what happens to the traffic."""
        self.cannot_pass = True
        self._log(FailedEarly(t_s=self._log.now_s(), **vars(notice)))
        if stage.on_fail == "rollback":
            self.urgent = f"stage {stage.name} cannot pass any more: {notice.criterion}"
