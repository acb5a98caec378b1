import typing

import pytest

from harness.record.events.event import EVENTS, Event
from harness.record.events.run import RunStarted
from harness.record.events.stage import ArrivalCounts, StageFinished
from tests.record.samples import sample_of

COUNTS = ArrivalCounts(due=9, completed=5, failed=2, dropped=1, open=1)
CLASSES = typing.get_args(Event)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_event_is_read_back_as_it_was_written(kind):
    event = sample_of(kind)
    assert EVENTS.parse(EVENTS.line_of(event)) == event


def test_no_two_events_have_the_same_name():
    names = [sample_of(kind).event for kind in CLASSES]
    assert len(set(names)) == len(names)


def test_arrivals_add_up():
    assert (COUNTS.answered, COUNTS.sent, COUNTS.accounted_for) == (7, 8, 9)


def test_the_end_of_a_stage_is_itself_the_counts_of_both_variants():
    assert isinstance(sample_of(StageFinished), ArrivalCounts)


def test_runs_from_before_requests_were_counted_stay_readable():
    counts = '"due":9,"completed":5,"failed":2,"dropped":1,"open":1'
    line = f'{{"t_s":12,"event":"stage_finished","stage":"a","duration_s":12,{counts},"by_variant":{{}}}}'
    finished = EVENTS.parse(line.encode())
    assert isinstance(finished, StageFinished)
    assert finished.requests is None


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('"due":0,"completed"', '"due":-1,"completed"', "field 'due': Input should be greater than or equal"),
        ('"due":0,"completed"', '"due":1.5,"completed"', "field 'due': Input should be a valid integer"),
        ('"due":0,"completed"', '"due":true,"completed"', "field 'due': Input should be a valid integer"),
        ('"due":0,"completed"', '"completed"', "field 'due': Field required"),
        ('"by_variant":{}', '"by_variant":[]', "field 'by_variant': Input should be an object"),
        ('"by_variant":{}', '"by_variant":{"canary":7}', "field 'by_variant.canary': Input should be an"),
        ('"by_variant":{}', '"by_variant":{"canary":{}}', "field 'by_variant.canary.due': Field required"),
        ('"requests":{}', '"requests":{"canary":-1}', "field 'requests.canary': Input should be greater"),
    ],
)
def test_the_field_of_an_event_that_is_wrong_is_named(old, new, what):
    line = EVENTS.line_of(sample_of(StageFinished)).decode()
    assert old in line
    with pytest.raises(ValueError, match=f"event 'stage_finished', {what}"):
        EVENTS.parse(line.replace(old, new).encode())


def test_an_event_about_no_stage_names_none():
    assert EVENTS.line_of(RunStarted(t_s=0.0)) == b'{"t_s":0.0,"event":"run_started"}'
