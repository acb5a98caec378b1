"""What a gate would have done about a release of the past, and when: the answer of a backtest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime

from harness.judge.finding import Finding
from harness.judge.outcome import Outcome
from harness.judge.verdict import StageVerdict, Verdict
from harness.record.events.event import Event
from harness.record.events.stage import StageFinished, StageStarted
from harness.report.wording import duration


def caught(epoch_s: float, events: Sequence[Event], verdict: Verdict) -> str:
    """Answer for a run whose t = 0 was `epoch_s`, in seconds since 1970."""
    starts_s = {event.stage: event.t_s for event in events if isinstance(event, StageStarted)}
    ends_s = {event.stage: event.t_s for event in events if isinstance(event, StageFinished)}
    stage = next((each for each in verdict.stages if each.outcome is not Outcome.PASS), None)
    if stage is None or stage.name not in starts_s:
        if verdict.outcome is Outcome.PASS:
            return "The gate would not have caught anything: every stage passed."
        return f"The gate would not have passed this release: {verdict.reason}"
    ended_s = ends_s.get(stage.name, math.inf)
    if stage.outcome is not Outcome.FAIL:
        held = f" at {_utc(epoch_s + ended_s)}" if math.isfinite(ended_s) else ""
        after = f"after stage {stage.name}: it was {stage.outcome}"
        return f"The gate would have stopped the release{held}, {after}."
    finding = _first(stage)
    if finding is None or finding.decided_at_s is None:
        when = f" at {_utc(epoch_s + ended_s)}," if math.isfinite(ended_s) else ""
        what = f", by `{finding.title}`" if finding else ""
        return f"The gate would have caught it{when} at the end of stage {stage.name}{what}."
    at = _utc(epoch_s + starts_s[stage.name] + finding.decided_at_s)
    into = f"{duration(finding.decided_at_s)} into stage {stage.name}"
    return f"The gate would have caught it at {at}, {into}, by `{finding.title}`."


def _first(stage: StageVerdict) -> Finding | None:
    """Return the finding that failed first; those that failed at the end come last."""
    failed = [finding for finding in stage.findings if finding.outcome is Outcome.FAIL]
    at_s = [math.inf if finding.decided_at_s is None else finding.decided_at_s for finding in failed]
    return failed[at_s.index(min(at_s))] if failed else None


def _utc(at_s: float) -> str:
    return f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%d %H:%M:%S} UTC"
