from harness.judge.notices import TriggerNotice
from harness.live.evaluation.messages import StageStatus, to_line
from harness.live.evaluation.process import EvaluationProcess

TRIGGER = TriggerNotice("half", "error rate > 10% for 5s", "it held")
STATUS = StageStatus("half", (), 0.1)


class Child:
    """A child process that told some lines."""

    def __init__(self, *lines):
        self._told = list(lines)

    def lines(self):
        told, self._told = self._told, []
        return told


def test_notices_go_to_the_caller_and_everything_else_to_the_watcher():
    shown = []
    process = EvaluationProcess(Child(to_line(STATUS), to_line(TRIGGER)), shown.append)
    assert process.notices() == [TRIGGER]
    assert shown == [STATUS]
    assert process.notices() == []


def test_a_line_that_is_not_a_message_is_logged_and_skipped(caplog):
    process = EvaluationProcess(Child("Traceback", to_line(TRIGGER)), [].append)
    assert process.notices() == [TRIGGER]
    assert "not a message" in caplog.text
