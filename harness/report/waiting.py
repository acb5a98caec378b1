"""What a run that goes on waits for, for everything that looks at it from outside."""

from harness.judge.outcome import said_of
from harness.record.events.approval_status import ApprovalStatus
from harness.record.run_directory import RunDirectory
from harness.report.wording import cut, wall


def wait_of(run: RunDirectory) -> str | None:
    """Return which stage waits for a person and until when, as a sentence; None while none does."""
    asked = ApprovalStatus.of(run.events().records).waiting
    if asked is None:
        return None
    until = wall(asked.ends_s, run.run["epoch_s"])
    return f"Stage {cut(asked.stage)} {said_of(asked.outcome)} and waits for a person until {until} UTC."
