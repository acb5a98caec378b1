from harness.record.events.release import RolledBack
from harness.record.events.run import RunFinished
from harness.record.events.stage import RequestErrors
from harness.rollout.listeners import Announcer
from tests.rollout.scripted import Rollout, plan_text


def test_a_listener_that_raises_is_reported_once_and_not_called_again(caplog):
    heard, calls = [], []

    def breaks(item):
        calls.append(item)
        raise RuntimeError("no network")

    announce = Announcer([breaks, heard.append])
    announce("first")
    announce("second")
    assert heard == ["first", "second"]
    assert calls == ["first"]
    [record] = [record for record in caplog.records if record.levelname == "ERROR"]
    assert record.message.endswith("failed and is off for the rest of the run: RuntimeError: no network")


def test_every_event_of_a_run_is_announced_as_it_is_written(tmp_path):
    rollout = Rollout(tmp_path, plan_text(), failing={1: 0.5})
    rollout.controller.walk()
    assert rollout.heard == list(rollout.run.events().records)
    assert {RequestErrors, RolledBack, RunFinished} <= {type(event) for event in rollout.heard}


def test_windows_are_announced_in_the_time_of_their_stage(tmp_path):
    text = plan_text(stages=["half"], stage_extra=", on_inconclusive: extend")
    rollout = Rollout(tmp_path, text.replace("error rate < 30%", "error rate < 0.01%"))
    rollout.controller.walk()
    assert [closed.start_s for closed in rollout.windows] == [float(second) for second in range(30)]
    assert {closed.index for closed in rollout.windows} == {0}
