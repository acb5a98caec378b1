import typing

from harness.record.events.event import Event
from harness.report.page.timeline import MAX_ENTRIES, incidents, marks, rollback_result, timeline, unfinished


def event(at_s: float, name: str, **fields: object) -> dict[str, object]:
    return {"t_s": at_s, "event": name, **fields}


def test_events_are_told_in_order_of_time_with_their_numbers() -> None:
    told = timeline(
        [
            event(900.5, "trigger_fired", stage="canary-5", trigger="error rate > 1% for 5m"),
            event(0.5, "stage_started", stage="canary-5", index=0, weight=0.05, arrival_rate_per_s=7000),
        ]
    )
    assert [one.text for one in told] == [
        "Stage canary-5 started: 5% to the canary at 7,000/s",
        "Rollback trigger fired in canary-5: error rate > 1% for 5m",
    ]
    assert told[1].bad


def test_what_was_done_to_the_service_is_marked_with_a_number_in_the_plots() -> None:
    told = timeline(
        [event(1, "run_started"), event(2, "deploy_started"), event(9, "rolled_back", stage="canary-5")]
    )
    assert [one.sign for one in told] == ["", "1", "2"]
    assert marks(told, 1.5, 10) == [(0.5, "1"), (7.5, "2")]


def test_every_event_of_the_closed_list_can_be_told_even_without_its_fields() -> None:
    names = [kind.__dataclass_fields__["event"].default for kind in typing.get_args(Event)]
    told = timeline([event(1, name) for name in names])
    untold = {"errors"}  # a table of its own
    assert len(told) == len(names) - len(untold)
    assert all(one.text for one in told)


def test_a_rollback_says_how_long_it_took_and_how_long_it_was_in_coming() -> None:
    fields = {"stage": "canary-5", "reason": "trigger: p95 > 500ms", "took_s": 1.9, "after_first_bad_s": 42}
    assert timeline([event(90, "rolled_back", **fields)])[0].text == (
        "Rolled back canary-5 in 1.9 s, 42 s after the first failed request (trigger: p95 > 500ms)"
    )


def test_a_level_is_told_with_its_value_and_its_limit() -> None:
    told = timeline(
        [
            event(1, "level_reached", measure="p95", level="critical", value=0.2703, limit="p95 > 200ms"),
            event(2, "level_reached", measure="p95", level="ok", value=0.0669, limit=""),
            event(
                3, "level_reached", measure="queue depth", level="warning", value=7.0, limit="queue depth > 5"
            ),
        ]
    )
    assert [one.text for one in told] == [
        "p95 reached its critical level: 270 ms (p95 > 200ms)",
        "p95 is ok again: 66.9 ms",
        "queue depth reached its warning level (queue depth > 5)",
    ]


def test_incidents_for_the_first_screen_are_what_went_wrong_or_was_undone() -> None:
    told = timeline(
        [
            event(1, "deploy_started"),
            event(2, "generator_late", stage="a"),
            event(3, "trigger_fired", stage="a", trigger="p95 > 500ms for 10m"),
            event(4, "rolled_back", stage="a"),
        ]
    )
    assert [one.at_s for one in incidents(told)] == [3, 4]


def test_whether_a_release_was_taken_back_is_known_from_the_events() -> None:
    assert rollback_result([event(1, "run_started")]) == ""
    assert rollback_result([event(1, "rolled_back", stage="a")]) == "rolled back"
    assert rollback_result([event(1, "rolled_back"), event(2, "rollback_failed")]) == "rollback failed"


def test_an_event_of_a_later_version_is_told_by_its_name() -> None:
    assert timeline([event(1, "moon_rose")])[0].text == "Moon rose"


def test_a_flood_of_events_is_cut_and_says_so() -> None:
    told = timeline([event(at, "generator_late", stage="canary-5") for at in range(MAX_ENTRIES + 50)])
    assert len(told) == MAX_ENTRIES + 1
    assert told[-1].text == "50 later events are in events.jsonl"


def test_a_run_that_never_ended_says_where_its_record_does() -> None:
    started = event(0, "run_started")
    (told,) = unfinished([started], 9.0)
    assert (told.at_s, told.bad) == (9.0, True)
    assert "killed" in told.text
    assert unfinished([started, event(12, "run_finished", outcome="pass")], 12.0) == []
    assert unfinished([], 0.0) == []
