"""All events there are."""

from __future__ import annotations

from typing import Final

from harness.record.events.approval import ApprovalExpired, ApprovalRequested, Decided
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
    RunStarted,
    Signed,
    TargetDown,
    TargetReady,
    UsersFailed,
    WorkerLost,
)
from harness.record.events.stage import (
    EndpointsUnseen,
    FailedEarly,
    FailuresAccepted,
    GeneratorLate,
    LevelReached,
    LoadTestErrors,
    RequestErrors,
    RequestsRedirected,
    ResponseSizes,
    Saturated,
    StageExtended,
    StageFinished,
    StageJudged,
    StageStarted,
    TaskError,
    TriggerFired,
    ValuesClamped,
)
from harness.record.vocabulary import Vocabulary

Event = (
    RunStarted
    | TargetReady
    | TargetDown
    | UsersFailed
    | DeployStarted
    | DeployFinished
    | DeployFailed
    | WeightSet
    | StageStarted
    | StageFinished
    | StageExtended
    | StageJudged
    | GeneratorLate
    | EndpointsUnseen
    | Saturated
    | ValuesClamped
    | RequestErrors
    | FailuresAccepted
    | ResponseSizes
    | RequestsRedirected
    | LoadTestErrors
    | TaskError
    | WorkerLost
    | ProbeFailed
    | TriggerFired
    | FailedEarly
    | LevelReached
    | StateChanged
    | RolledBack
    | RollbackFailed
    | RunHeld
    | ApprovalRequested
    | Decided
    | ApprovalExpired
    | Notified
    | PreflightChecked
    | Signed
    | RunInterrupted
    | RunCrashed
    | RunFinished
)

EVENTS: Final = Vocabulary[Event]("event", Event)
