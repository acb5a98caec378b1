"""The release: who is served, and how the rollout goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from harness.record.vocabulary import Length, Number, Record


@dataclass(frozen=True, kw_only=True, slots=True)
class DeployStarted(Record):
    """A deploy command starts."""

    event: Literal["deploy_started"] = "deploy_started"
    command: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class DeployFinished(Record):
    """A deploy command did what it should; `output` is the end of what it printed."""

    event: Literal["deploy_finished"] = "deploy_finished"
    took_s: Length | None = None
    output: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class DeployFailed(Record):
    """A deploy command or the router failed."""

    event: Literal["deploy_failed"] = "deploy_failed"
    reason: str | None = None
    output: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class WeightSet(Record):
    """The split of the traffic was changed."""

    event: Literal["weight_set"] = "weight_set"
    stage: str
    weight: Number


@dataclass(frozen=True, kw_only=True, slots=True)
class StateChanged(Record):
    """The rollout took a step.

    `state` is `preflight`, `deploying`, `warming`, `measuring`, `draining`, `judging`, `judged`, `waiting`,
    `promoted`, `held`, `rolling back`, `rolled back`, `rollback failed` or `declared`.
    """

    event: Literal["state_changed"] = "state_changed"
    state: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RolledBack(Record):
    """The baseline serves alone again; `after_first_bad_s` counts from the first failed canary request."""

    event: Literal["rolled_back"] = "rolled_back"
    reason: str | None = None
    took_s: Length | None = None
    after_first_bad_s: Number | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RollbackFailed(Record):
    """The rollback did not bring all traffic back to the baseline."""

    event: Literal["rollback_failed"] = "rollback_failed"
    reason: str | None = None
    took_s: Length | None = None
    after_first_bad_s: Number | None = None
    problems: tuple[str, ...] = ()
