"""The words of each event in the timeline; an event without words here is shown by its name."""

from functools import singledispatch

from harness.judge.outcome import said_of
from harness.plan.criteria.measure import MeasureError, measure_named
from harness.record.events.approval import ApprovalExpired, ApprovalRequested, Decided
from harness.record.events.event import Event
from harness.record.events.release import (
    DeployFailed,
    DeployFinished,
    DeployStarted,
    RollbackFailed,
    RolledBack,
    StateChanged,
    WeightSet,
)
from harness.record.events.run import (
    Notified,
    PreflightChecked,
    ProbeFailed,
    RunCrashed,
    RunFinished,
    RunHeld,
    RunInterrupted,
    Signed,
    TargetDown,
    TargetReady,
    UsersFailed,
    WorkerLost,
)
from harness.record.events.stage import (
    EndpointsUnseen,
    FailedEarly,
    GeneratorLate,
    LevelReached,
    LoadTestErrors,
    Saturated,
    StageExtended,
    StageFinished,
    StageJudged,
    StageStarted,
    TaskError,
    TriggerFired,
    ValuesClamped,
)
from harness.report.wording import count, duration, of_measure, rate, share


@singledispatch
def words_of(event: Event) -> str:
    """Describe an event."""
    return event.event.replace("_", " ").capitalize()


@words_of.register
def _(event: TargetReady) -> str:
    return f"Target ready: {event.variant or 'all'}"


@words_of.register
def _(event: UsersFailed) -> str:
    return f"The users did not get ready: {event.reason}"


@words_of.register
def _(event: TargetDown) -> str:
    return f"{event.variant.capitalize()} is down: {event.reason}"


@words_of.register(DeployStarted)
@words_of.register(DeployFinished)
@words_of.register(DeployFailed)
@words_of.register(RollbackFailed)
def _(event: DeployStarted | DeployFinished | DeployFailed | RollbackFailed) -> str:
    what = event.event.replace("_", " ").capitalize()
    reason = None if isinstance(event, DeployStarted | DeployFinished) else event.reason
    return " ".join(filter(None, (what, event.stage, reason)))


@words_of.register
def _(event: WeightSet) -> str:
    return f"Weight set to {share(event.weight)}"


@words_of.register
def _(event: StateChanged) -> str:
    return f"State {event.state}: {event.reason}".rstrip(": ")


@words_of.register
def _(event: RolledBack) -> str:
    took = "" if event.took_s is None else f" in {duration(event.took_s)}"
    bad_s = event.after_first_bad_s
    since = "" if bad_s is None else f", {duration(bad_s)} after the first failed request"
    because = f" ({event.reason})" if event.reason else ""
    return f"Rolled back {event.stage or 'the canary'}{took}{since}{because}"


@words_of.register
def _(event: StageStarted) -> str:
    rate_per_s = event.arrival_rate_per_s
    load = "" if rate_per_s is None else f", {rate(rate_per_s)} on average"
    return f"Stage {event.stage} started: {share(event.weight)} to the canary{load}"


@words_of.register
def _(event: StageFinished) -> str:
    numbers = {
        "due": event.due,
        "completed": event.completed,
        "failed": event.failed,
        "dropped": event.dropped,
        "open": event.open,
    }
    return f"Stage {event.stage} ended: {', '.join(f'{count(n)} {what}' for what, n in numbers.items())}"


@words_of.register
def _(event: StageExtended) -> str:
    return f"Stage {event.stage} extended to {duration(event.duration_s)}"


@words_of.register
def _(event: StageJudged) -> str:
    return f"Stage {event.stage} judged: {event.outcome}"


@words_of.register
def _(event: GeneratorLate) -> str:
    return f"The load generator was late in {event.stage}"


@words_of.register
def _(event: EndpointsUnseen) -> str:
    return (
        f"No request so far to {', '.join(event.endpoints)}, which criteria of {event.stage} name; "
        f"seen: {', '.join(event.seen)}"
    )


@words_of.register
def _(event: Saturated) -> str:
    return f"All requests allowed in flight were in use in {event.stage}"


@words_of.register
def _(event: ValuesClamped) -> str:
    return f"{count(event.count)} values beyond an hour were recorded as one hour"


@words_of.register
def _(event: LoadTestErrors) -> str:
    times = f" ({event.count:,} times)" if event.count > 1 else ""
    return f"Error of the {event.blame}: {event.kind} at {event.where}{times}"


@words_of.register
def _(event: TaskError) -> str:
    return f"Task {event.task} raised on {event.variant}: {event.error}"


@words_of.register
def _(event: WorkerLost) -> str:
    return f"A load worker was lost: {event.reason or ''}".rstrip(": ")


@words_of.register
def _(event: ProbeFailed) -> str:
    return f"A probe failed: {event.reason or ''}".rstrip(": ")


@words_of.register
def _(event: TriggerFired) -> str:
    return f"Rollback trigger fired in {event.stage}: {event.trigger}"


@words_of.register
def _(event: FailedEarly) -> str:
    return f"Stage {event.stage} could no longer pass: {event.criterion}. {event.reason}".rstrip()


@words_of.register
def _(event: LevelReached) -> str:
    reached = "is ok again" if event.level == "ok" else f"reached its {event.level} level"
    limit = f" ({event.limit})" if event.limit else ""
    return f"{event.measure} {reached}{_reading(event.measure, event.value)}{limit}"


@words_of.register
def _(event: PreflightChecked) -> str:
    found = {True: "is fine", False: "found a problem", None: "could not be made"}[event.ok]
    return f"Preflight check {event.check} {found}: {event.reason}".rstrip(": ")


@words_of.register
def _(event: Signed) -> str:
    return f"Signed {event.what}: {event.name}"


@words_of.register
def _(event: RunInterrupted) -> str:
    return f"Interrupted by {event.signal}"


@words_of.register
def _(event: RunCrashed) -> str:
    return f"Crashed: {event.reason}"


@words_of.register
def _(event: RunHeld) -> str:
    return f"Held in {event.stage}: {event.reason}"


@words_of.register
def _(event: ApprovalRequested) -> str:
    return (
        f"Stage {event.stage} {said_of(event.outcome)} and waits for a person, "
        f"at most {duration(event.within_s)}"
    )


@words_of.register
def _(event: Decided) -> str:
    return f"{event.by} decided to {event.decision} {event.stage} ({event.via}): {event.reason}"


@words_of.register
def _(event: ApprovalExpired) -> str:
    return f"Nobody decided on stage {event.stage} within {duration(event.within_s)}"


@words_of.register
def _(event: Notified) -> str:
    problem = f", but {event.problem}" if event.problem else ""
    return f"Receiver {event.receiver} was sent: {event.news}{problem}"


@words_of.register
def _(event: RunFinished) -> str:
    return f"Run finished: {event.outcome}"


def _reading(name: str, value: float) -> str:
    """Return a value with the unit of its measure; nothing for a query, whose unit isn't known."""
    try:
        return f": {of_measure(measure_named(name), value)}"
    except MeasureError:
        return ""
