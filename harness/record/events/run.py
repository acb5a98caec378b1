"""The run as a whole: its beginning and end, who serves it, and what a person does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from harness.record.vocabulary import Length, Record, Whole


@dataclass(frozen=True, kw_only=True, slots=True)
class RunStarted(Record):
    """The run begins."""

    event: Literal["run_started"] = "run_started"


@dataclass(frozen=True, kw_only=True, slots=True)
class TargetReady(Record):
    """A target answered before any load."""

    event: Literal["target_ready"] = "target_ready"
    variant: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TargetDown(Record):
    """A target does not answer."""

    event: Literal["target_down"] = "target_down"
    variant: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class UsersFailed(Record):
    """A user of the load test did not get ready for its first arrival."""

    event: Literal["users_failed"] = "users_failed"
    stage: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkerLost(Record):
    """A worker process stopped reporting."""

    event: Literal["worker_lost"] = "worker_lost"
    reason: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ProbeFailed(Record):
    """The process that probes or evaluates beside the run ended, or could not be started."""

    event: Literal["probe_failed"] = "probe_failed"
    reason: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RunHeld(Record):
    """The run stops here for a person to decide."""

    event: Literal["held"] = "held"
    stage: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RunInterrupted(Record):
    """Somebody ended the run early."""

    event: Literal["interrupted"] = "interrupted"
    signal: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RunCrashed(Record):
    """An error of the harness, or of the machine it runs on, ended the run early."""

    event: Literal["crashed"] = "crashed"
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RunFinished(Record):
    """The run ends."""

    event: Literal["run_finished"] = "run_finished"
    outcome: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Notified(Record):
    """A message was delivered to a receiver of the plan's `notify`, or why it was not.

    `receiver` is its place there, from 1: its address is a secret. `news` says what was told.
    """

    event: Literal["notified"] = "notified"
    receiver: Whole
    news: str
    took_s: Length
    problem: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PreflightChecked(Record):
    """One line of the checklist before a release; `ok` is null where nobody could check it."""

    event: Literal["preflight_checked"] = "preflight_checked"
    check: str
    ok: bool | None
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Signed(Record):
    """A person's sign-off."""

    event: Literal["signed"] = "signed"
    what: str
    name: str
