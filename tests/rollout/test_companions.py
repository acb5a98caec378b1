import pytest

from harness.judge.notices import TriggerNotice
from harness.process.child import ChildError
from harness.record.events.run import ProbeFailed
from harness.rollout.companions import Companions
from tests.rollout.scripted import Companion

NOTICE = TriggerNotice("half", "error rate > 10% for 5s", "it held")


class Log:
    def __init__(self):
        self.written = []

    def now_s(self):
        return 2.0

    def __call__(self, event):
        self.written.append(event)


def refuse():
    raise ChildError("the process did not start")


def test_a_companion_that_ended_before_its_time_is_written_down():
    log = Log()
    with Companions(log, [lambda: Companion(None, problem="the process ended (exit code 1)")]):
        assert log.written == []
    assert log.written == [ProbeFailed(t_s=2.0, reason="the process ended (exit code 1)")]


def test_a_companion_that_does_not_start_is_written_down_and_the_others_go_on():
    log, companion = Log(), Companion(lambda: 1.0, [(0.5, NOTICE)])
    with Companions(log, [refuse, lambda: None, lambda: companion]) as companions:
        assert list(companions.notices()) == [NOTICE]
    assert log.written == [ProbeFailed(t_s=2.0, reason="the process did not start")]


def test_companions_are_ended_when_the_run_breaks_off():
    companion = Companion(None)
    with pytest.raises(RuntimeError), Companions(Log(), [lambda: companion]):
        raise RuntimeError("the run broke off")
    assert companion.stopped
