import pytest

from harness.judge.notices import TriggerNotice
from harness.process.child import ChildError
from harness.record.events.run import ProbeFailed
from harness.rollout.background import BackgroundProcesses
from tests.rollout.scripted import ScriptedProcess

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


def test_a_process_that_ends_by_itself_is_recorded():
    log = Log()
    with BackgroundProcesses(log, [lambda: ScriptedProcess(None, problem="the process ended (exit code 1)")]):
        assert log.written == []
    assert log.written == [ProbeFailed(t_s=2.0, reason="the process ended (exit code 1)")]


def test_a_process_that_does_not_start_is_recorded_and_the_others_run():
    log, process = Log(), ScriptedProcess(lambda: 1.0, [(0.5, NOTICE)])
    refusing = ScriptedProcess(None, until_ready=refuse)
    with BackgroundProcesses(log, [lambda: refusing, lambda: None, lambda: process]) as processes:
        assert list(processes.notices()) == [NOTICE]
    assert log.written == [ProbeFailed(t_s=2.0, reason="the process did not start")]


def test_all_processes_are_begun_before_one_is_waited_for():
    steps = []

    def begin(name):
        steps.append(f"begin {name}")
        return ScriptedProcess(None, until_ready=lambda: steps.append(f"wait for {name}"))

    with BackgroundProcesses(Log(), [lambda: begin("probes"), lambda: begin("evaluation")]):
        pass
    assert steps == ["begin probes", "begin evaluation", "wait for probes", "wait for evaluation"]


def test_processes_are_stopped_when_the_run_crashes():
    process = ScriptedProcess(None)
    with pytest.raises(RuntimeError), BackgroundProcesses(Log(), [lambda: process]):
        raise RuntimeError("the run crashed")
    assert process.stopped
