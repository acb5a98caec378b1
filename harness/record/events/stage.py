"""A stage under load: what was sent, what went wrong, what the judge said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from harness.record.vocabulary import Length, Moment, Number, Record, Whole


@dataclass(frozen=True, kw_only=True, slots=True)
class StageStarted(Record):
    """`t_s` is the moment the first window begins; `index` counts from 0.

    `started_epoch_s` is the same moment by the wall clock, where the windows are those of a log's times or a
    server's.
    """

    event: Literal["stage_started"] = "stage_started"
    stage: str
    index: Whole
    weight: Number
    arrival_rate_per_s: Number | None
    """None where the plan does not say how much real traffic there will be."""
    started_epoch_s: Number | None = None


@dataclass(frozen=True, kw_only=True)
class ArrivalCounts:
    """What became of arrivals; `due` is the sum of the others when all are accounted for."""

    due: Whole
    completed: Whole
    failed: Whole
    dropped: Whole
    open: Whole

    @property
    def answered(self) -> int:
        """How many ended with a request, good or bad."""
        return self.completed + self.failed

    @property
    def sent(self) -> int:
        """How many were sent."""
        return self.answered + self.open

    @property
    def accounted_for(self) -> int:
        """How many the other numbers add up to."""
        return self.sent + self.dropped


@dataclass(frozen=True, kw_only=True, slots=True)
class StageFinished(ArrivalCounts, Record):
    """The stage's requests have drained.

    The numbers account for every arrival, `by_variant` holds the same five for each variant, and `requests`
    how many requests of each variant were recorded, of which an arrival may send several. `duration_s` is the
    planned length, also of a stage that was cut short; `accepted` counts the `failures_accepted`, if any.
    """

    event: Literal["stage_finished"] = "stage_finished"
    stage: str
    duration_s: Length
    by_variant: Mapping[str, ArrivalCounts]
    requests: Mapping[str, Whole] | None = None
    """None in runs of before there was such a count."""
    accepted: Whole | None = None
    """How many failed and were declared successes by the load test; None where there were none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StageExtended(Record):
    """A stage is measured for longer from `t_s` on; `duration_s` is its new whole length."""

    event: Literal["stage_extended"] = "stage_extended"
    stage: str
    duration_s: Length


@dataclass(frozen=True, kw_only=True, slots=True)
class StageJudged(Record):
    """The judge has decided."""

    event: Literal["stage_judged"] = "stage_judged"
    stage: str
    outcome: str


@dataclass(frozen=True, kw_only=True, slots=True)
class GeneratorLate(Record):
    """The generator cannot keep its own pace."""

    event: Literal["generator_late"] = "generator_late"
    stage: str


@dataclass(frozen=True, kw_only=True, slots=True)
class EndpointsUnseen(Record):
    """Criteria speak of endpoints that the stage has not sent to so far; `seen` names some that it has."""

    event: Literal["endpoints_unseen"] = "endpoints_unseen"
    stage: str
    endpoints: tuple[str, ...]
    seen: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Saturated(Record):
    """Arrivals were dropped because too many requests were in flight."""

    event: Literal["saturated"] = "saturated"
    stage: str
    max_in_flight: Whole | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ValuesClamped(Record):
    """Times outside 1 µs … 1 h were counted at the edge."""

    event: Literal["values_clamped"] = "values_clamped"
    count: Whole


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestErrors(Record):
    """Failed requests of one window, by kind; of `declared` of them only the load test says so."""

    event: Literal["errors"] = "errors"
    stage: str
    variant: str
    endpoint: str
    kind: str
    count: Whole
    declared: Whole | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class FailuresAccepted(Record):
    """Requests of one window that failed, by kind of error, and that the load test declared successes."""

    event: Literal["failures_accepted"] = "failures_accepted"
    stage: str
    variant: str
    endpoint: str
    kind: str
    count: Whole


@dataclass(frozen=True, kw_only=True, slots=True)
class ResponseSizes(Record):
    """How large the successful responses of an endpoint were since the stage or its extension began.

    Of `counts` the first is how many were empty, and the one at place `n` how many had at least 2^(n-1) bytes
    and less than 2^n, without their content coding. Responses of unknown size are not counted.
    """

    event: Literal["response_sizes"] = "response_sizes"
    stage: str
    variant: str
    endpoint: str
    counts: tuple[Whole, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestsRedirected(Record):
    """Successful requests of one window that were redirected `to` a path, followed or not.

    A router's log does not tell where: `to` is `another address` then, or `what the client has stored`.
    """

    event: Literal["redirects"] = "redirects"
    stage: str
    variant: str
    endpoint: str
    to: str
    count: Whole


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadTestErrors(Record):
    """Exceptions of one window that are not the service's; `blame` says whose, `where` is `file:line`."""

    event: Literal["load_test_errors"] = "load_test_errors"
    stage: str
    blame: str
    kind: str
    where: str
    count: Whole


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskError(Record):
    """A task raised an exception; written by releases before 0.2.0."""

    event: Literal["task_error"] = "task_error"
    stage: str
    variant: str
    task: str
    error: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TriggerFired(Record):
    """A rollback trigger held for its time."""

    event: Literal["trigger_fired"] = "trigger_fired"
    stage: str
    trigger: str
    reason: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class FailedEarly(Record):
    """The stage under load cannot pass any more since `at_s` seconds into it, and is cut short."""

    event: Literal["failed_early"] = "failed_early"
    stage: str
    criterion: str
    at_s: Moment
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LevelReached(Record):
    """A key metric changed to `warning`, `critical` or back to `ok`."""

    event: Literal["level_reached"] = "level_reached"
    measure: str
    level: str
    value: Number
    limit: str | None = None
