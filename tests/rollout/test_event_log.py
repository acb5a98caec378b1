import errno
from unittest.mock import Mock

import pytest

from harness.record.events.run import Signed
from harness.record.run_directory import RunDirectory
from harness.rollout.event_log import EventLog, EvidenceError
from tests.rollout.scripted import EPOCH_S, Rollout, plan_text


def test_the_log_of_a_run_that_was_killed_continues_on_a_new_line(tmp_path):
    run = Rollout(tmp_path, plan_text()).run
    (run.path / "events.jsonl").write_text('{"t_s":1.0,"event":"run_sta')
    log = EventLog.resume(run, lambda: EPOCH_S + 60.0)
    log(Signed(t_s=log.now_s(), what="go-live", name="Ada"))
    events = run.events()
    assert [(event.t_s, event.name) for event in events.records] == [(60.0, "Ada")]
    assert len(events.problems) == 1


def test_a_log_that_cannot_be_continued_records_nothing_and_stops_no_rollback(tmp_path, monkeypatch):
    run = Rollout(tmp_path, plan_text()).run
    (run.path / "events.jsonl").write_text('{"t_s":1.0,"event":"run_sta')
    full = Mock(side_effect=OSError(errno.ENOSPC, "No space left on device"))
    monkeypatch.setattr("harness.rollout.event_log.append_foreign", full)
    monkeypatch.setattr(RunDirectory, "append_event", full)
    log = EventLog.resume(run, lambda: EPOCH_S + 60.0)
    log(Signed(t_s=log.now_s(), what="go-live", name="Ada"))
    assert run.events().records == ()


def test_a_log_that_was_deleted_says_which_file_is_missing_once(tmp_path):
    run = Rollout(tmp_path, plan_text()).run
    log = EventLog.resume(run, lambda: EPOCH_S + 60.0)
    (run.path / "events.jsonl").unlink(missing_ok=True)
    run.path.rename(tmp_path / "elsewhere")
    signed = Signed(t_s=log.now_s(), what="go-live", name="Ada")
    with pytest.raises(EvidenceError, match=r"can no longer be written: events\.jsonl is missing"):
        log(signed)
    log(signed)
