"""A task that lets no other run ends the run, by name, with its traffic given back."""

from unittest.mock import Mock

import pytest

from harness.load.blame import Blame
from harness.locust_plugin import watchdog
from harness.locust_plugin.watchdog import (
    MAX_SILENT_TICKS,
    MAX_SILENT_TICKS_OF_OTHERS,
    Patience,
    give_traffic_back,
    record,
)
from harness.record.events.stage import LoadTestErrors
from tests.rollout.scripted import Rollout, plan_text


@pytest.mark.parametrize(
    ("is_load_test", "ticks"), [(True, MAX_SILENT_TICKS), (False, MAX_SILENT_TICKS_OF_OTHERS)]
)
def test_patience_ends_with_the_last_of_so_many_ticks_in_a_row_without_a_beat(is_load_test, ticks):
    patience, silent = Patience(), range(ticks - 1)

    def is_over():
        return patience.is_over_after_tick(lambda: is_load_test)

    assert not any(is_over() for _ in silent)
    patience.beat()
    assert not any(is_over() for _ in silent)
    assert is_over()


@pytest.mark.parametrize(
    ("blame", "said"),
    [
        (Blame.LOAD_TEST, "the load test hangs: a task kept all others from running for 30 s"),
        (Blame.HARNESS, "the harness hangs: one of its parts kept all others from running for 30 s"),
    ],
)
def test_the_line_that_hangs_is_recorded_as_an_error_of_whose_it_is(blame, said, tmp_path, capfd):
    run = Rollout(tmp_path, plan_text()).run
    record(run, blame, "loadtests/u.py:12", 30)
    (error,) = run.events().records
    assert isinstance(error, LoadTestErrors)
    assert (error.blame, error.where) == (blame, "loadtests/u.py:12")
    assert f"{said}, at loadtests/u.py:12; the run ends" in capfd.readouterr().err


def test_traffic_is_given_back_only_where_the_canary_has_some(tmp_path, monkeypatch):
    run, spawn = Rollout(tmp_path, plan_text()).run, Mock(return_value=1)
    monkeypatch.setattr(watchdog, "_spawn", spawn)
    monkeypatch.setattr(watchdog, "_wait", Mock())
    for is_out, calls in ((False, 0), (True, 1)):
        monkeypatch.setattr(watchdog, "is_out", lambda run, answer=is_out: answer)
        give_traffic_back(run)
        assert spawn.call_count == calls
    assert spawn.call_args.args[1][-3:] == ["rollback", str(run.path), "--yes"]
