from datetime import UTC, datetime

from harness.record.events.run import RunInterrupted
from harness.record.events.stage import StageFinished, StageStarted
from harness.report.data.stage_span import StageSpan, stage_spans

EPOCH_S = datetime(2026, 1, 8, 9, tzinfo=UTC).timestamp()


def started(t_s: float, name: str) -> StageStarted:
    return StageStarted(t_s=t_s, stage=name, index=0, weight=0.05, arrival_rate_per_s=10.0)


def finished(t_s: float, name: str, duration_s: float) -> StageFinished:
    counts = dict.fromkeys(("due", "completed", "failed", "dropped", "open"), 0)
    return StageFinished(t_s=t_s, stage=name, **counts, duration_s=duration_s, by_variant={}, requests={})


def at(second: int) -> datetime:
    return datetime(2026, 1, 8, 9, 0, second, tzinfo=UTC)


def test_a_stage_lasted_until_its_load_ended_and_its_draining_does_not_count() -> None:
    events = [started(2.0, "canary-5"), finished(40.0, "canary-5", 30.0), started(41.0, "canary-25")]
    assert stage_spans(EPOCH_S, [*events, finished(47.0, "canary-25", 30.0)]) == {
        "canary-5": StageSpan(at(2), 30.0),
        "canary-25": StageSpan(at(41), 6.0),
    }


def test_a_stage_without_an_end_lasted_until_the_last_event() -> None:
    events = [started(2.0, "canary-5"), RunInterrupted(t_s=9.5, signal="SIGTERM")]
    assert stage_spans(EPOCH_S, events) == {"canary-5": StageSpan(at(2), 7.5)}
