from harness.record.events.run import Signed
from harness.rollout.event_log import EventLog
from tests.rollout.scripted import EPOCH_S, Rollout, plan_text


def test_the_log_of_a_run_that_was_killed_continues_on_a_new_line(tmp_path):
    run = Rollout(tmp_path, plan_text()).run
    (run.path / "events.jsonl").write_text('{"t_s":1.0,"event":"run_sta')
    log = EventLog.resume(run, lambda: EPOCH_S + 60.0)
    log(Signed(t_s=log.now_s(), what="go-live", name="Ada"))
    events = run.events()
    assert [(event.t_s, event.name) for event in events.records] == [(60.0, "Ada")]
    assert len(events.problems) == 1
