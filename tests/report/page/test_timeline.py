import typing

from harness.record.events.event import Event
from harness.record.events.release import DeployStarted, RolledBack
from harness.record.events.run import RunFinished, RunStarted
from harness.record.events.stage import GeneratorLate, LevelReached, StageStarted, TriggerFired
from harness.report.page.timeline import MAX_ENTRIES, incidents, marks, timeline, unfinished
from harness.report.plots.axes import TimeSpan
from tests.record.samples import sample_of


def test_events_are_told_in_order_of_time_with_their_numbers() -> None:
    told = timeline(
        [
            TriggerFired(t_s=900.5, stage="canary-5", trigger="error rate > 1% for 5m"),
            StageStarted(t_s=0.5, stage="canary-5", index=0, weight=0.05, arrival_rate_per_s=7000),
        ]
    )
    assert [one.text for one in told] == [
        "Stage canary-5 started: 5% to the canary, 7,000/s on average",
        "Rollback trigger fired in canary-5: error rate > 1% for 5m",
    ]
    assert told[1].bad


def test_what_was_done_to_the_service_is_marked_with_a_number_in_the_plots() -> None:
    told = timeline([RunStarted(t_s=1), DeployStarted(t_s=2), RolledBack(t_s=9, stage="canary-5")])
    assert [one.sign for one in told] == ["", "1", "2"]
    assert marks(told, TimeSpan(1.5, 8.5)) == [(2, "1"), (9, "2")]
    assert marks(told, TimeSpan(2.5, 6.0)) == []


def test_every_event_has_an_entry_but_counts_of_the_whole_stage() -> None:
    kinds = typing.get_args(Event)
    told = timeline([sample_of(kind) for kind in kinds])
    assert len(told) == len(kinds) - 4
    assert all(one.text for one in told)


def test_a_rollback_says_how_long_it_took_and_how_long_it_was_in_coming() -> None:
    fields = {"stage": "canary-5", "reason": "trigger: p95 > 500ms", "took_s": 1.9, "after_first_bad_s": 42}
    assert timeline([RolledBack(t_s=90, **fields)])[0].text == (
        "Rolled back canary-5 in 1.9 s, 42 s after the first failed request (trigger: p95 > 500ms)"
    )


def test_a_level_is_told_with_its_value_and_its_limit() -> None:
    told = timeline(
        [
            LevelReached(t_s=1, measure="p95", level="critical", value=0.2703, limit="p95 > 200ms"),
            LevelReached(t_s=2, measure="p95", level="ok", value=0.0669, limit=""),
            LevelReached(t_s=3, measure="queue depth", level="warning", value=7.0, limit="queue depth > 5"),
        ]
    )
    assert [one.text for one in told] == [
        "p95 reached its critical level: 270.3 ms (p95 > 200ms)",
        "p95 is ok again: 66.9 ms",
        "queue depth reached its warning level (queue depth > 5)",
    ]


def test_incidents_for_the_first_screen_are_what_went_wrong_or_was_undone() -> None:
    told = timeline(
        [
            DeployStarted(t_s=1),
            GeneratorLate(t_s=2, stage="a"),
            TriggerFired(t_s=3, stage="a", trigger="p95 > 500ms for 10m"),
            RolledBack(t_s=4, stage="a"),
        ]
    )
    assert [one.at_s for one in incidents(told)] == [3, 4]


def test_an_event_without_words_of_its_own_is_told_by_its_name() -> None:
    assert timeline([RunStarted(t_s=1)])[0].text == "Run started"


def test_a_flood_of_events_is_cut_and_says_so() -> None:
    told = timeline([GeneratorLate(t_s=at, stage="canary-5") for at in range(MAX_ENTRIES + 50)])
    assert len(told) == MAX_ENTRIES + 1
    assert told[-1].text == "50 later events are in events.jsonl"


def test_a_run_that_never_ended_says_where_its_record_does() -> None:
    started = RunStarted(t_s=0)
    (told,) = unfinished([started], 9.0)
    assert (told.at_s, told.bad) == (9.0, True)
    assert "killed" in told.text
    assert unfinished([started, RunFinished(t_s=12, outcome="pass")], 12.0) == []
    assert unfinished([], 0.0) == []
