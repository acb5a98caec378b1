"""From the controller's progress to what the terminal shows."""

from __future__ import annotations

from harness.report.text.progress import ProgressLine, Snapshot
from harness.rollout.listeners import RunProgress


class Display:
    """Shows the progress of a run on a screen."""

    def __init__(self, screen: ProgressLine) -> None:
        self._screen = screen

    def __call__(self, progress: RunProgress) -> None:
        """Show where the stage stands."""
        # Before the first window closed there is nothing to say yet.
        if progress.pulse.offered_per_s:
            self._screen.update(snapshot(progress))

    def close(self) -> None:
        """Give the terminal back."""
        self._screen.close()


def snapshot(progress: RunProgress) -> Snapshot:
    """Return what a person sees of a stage's progress."""
    plan, pulse = progress.plan, progress.pulse
    stage = plan.stages[progress.index]
    accounts = progress.standing.accounts
    vitals = {variant: pulse.vital(variant, account) for variant, account in accounts.items()}
    return Snapshot(
        stage=stage.name,
        index=progress.index,
        stages=len(plan.stages),
        weight=float(stage.weight),
        elapsed_s=min(progress.elapsed_s, stage.duration_s),
        duration_s=stage.duration_s,
        offered_per_s=pulse.offered_per_s,
        achieved_per_s=pulse.achieved_per_s,
        p95_us={variant: vital.p95_us for variant, vital in vitals.items()},
        errors={variant: vital.failed for variant, vital in vitals.items()},
        requests={variant: vital.ended for variant, vital in vitals.items()},
        lateness_p99_us=pulse.lateness_p99_us,
        dropped=sum(account.dropped for account in accounts.values()),
        in_flight=sum(account.open for account in accounts.values()),
        state=progress.state,
    )
