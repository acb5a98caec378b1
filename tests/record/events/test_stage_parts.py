from dataclasses import replace

import pytest

from harness.record.events.stage import StageExtended, StageStarted
from harness.record.events.stage_parts import StageParts
from harness.record.probes import GeneratorProbe, HealthProbe
from tests.judge.simulator import finished_of

NAME = "canary"


def started(t_s=5.0):
    return StageStarted(t_s=t_s, stage=NAME, index=0, weight=0.5, arrival_rate_per_s=10.0)


def finished(t_s):
    return finished_of(t_s, NAME, 10.0, {})


def extended(t_s, duration_s):
    return StageExtended(t_s=t_s, stage=NAME, duration_s=duration_s)


WAITED = StageParts.of([started(), finished(16.0), extended(100.0, 20.0)])
"""10 s from t = 5 s on, a wait from 16 s to 100 s, and 10 s more."""
AT_ONCE = StageParts.of([started(), extended(17.0, 20.0), extended(29.0, 30.0)])


def health(t_s):
    return HealthProbe(t_s=t_s, variant=NAME, ok=True, status=200, latency_s=0.1, error=None)


def times_s(parts, *at_s):
    return [round(probe.t_s, 6) for probe in parts.probes(NAME, map(health, at_s))]


def test_a_stage_in_one_piece_has_the_times_of_the_run():
    probe = health(7.1)
    [same] = StageParts.of([started()]).probes(NAME, [health(4.9), probe])
    assert same is probe


def test_the_parts_of_a_stage_follow_each_other_and_what_was_probed_in_the_wait_is_of_none():
    assert times_s(WAITED, 5.0, 14.9, 16.1, 60.0, 99.9, 100.0, 104.5) == [5.0, 14.9, 15.0, 19.5]
    assert (WAITED.pauses_s, WAITED.pause_lengths_s) == ((10.0,), (85.0,))


def test_what_was_probed_while_requests_drained_belongs_to_the_last_instant_of_its_part():
    assert times_s(WAITED, 15.7) == [15.0]
    assert next(WAITED.probes(NAME, [health(15.7)])).t_s < 15.0
    assert times_s(AT_ONCE, 16.5, 17.5, 28.5, 30.0) == [15.0, 15.5, 25.0, 26.0]
    assert AT_ONCE.pauses_s == AT_ONCE.pause_lengths_s == ()


def test_probes_of_windows_have_the_times_of_the_stage_already():
    probe = GeneratorProbe(
        t_s=21.0,
        stage=NAME,
        interval_s=1.0,
        due=1,
        sent=1,
        dropped=0,
        in_flight=0,
        backlog=0,
        cpu=None,
        memory_bytes=None,
    )
    assert list(WAITED.probes(NAME, [probe, replace(probe, stage="another")])) == [probe]


@pytest.mark.parametrize(
    ("into_stage_s", "run_time_s"), [(0.0, 5.0), (9.0, 14.0), (10.0, 100.0), (12.5, 102.5)]
)
def test_a_second_of_the_stage_is_found_in_the_run(into_stage_s, run_time_s):
    assert WAITED.run_time_s(into_stage_s) == run_time_s
    assert WAITED.into_stage_s(run_time_s) == into_stage_s


def test_nothing_is_of_a_stage_that_never_started():
    nowhere = StageParts.of([finished(3.0), extended(4.0, 20.0)]).ended(9.0)
    assert nowhere == StageParts()
    assert times_s(nowhere, 1.0, 5.0) == []


def test_a_part_ends_when_the_next_stage_begins_at_the_latest():
    assert times_s(StageParts.of([started()]).ended(12.0), 11.0, 13.0) == [11.0]
