import json
from pathlib import Path

from harness.judge.outcome import Outcome
from harness.judge.verdict import Verdict
from harness.notify import notifier as module
from harness.notify.message import Message, Subject, Tone
from harness.notify.notifier import AGAIN_AFTER_S, MAX_MESSAGES, Notifier, Throttle
from harness.plan.client.notify import News
from harness.record.events.run import RunHeld, RunStarted
from tests.rollout.scripted import Clock

HELD = RunHeld(t_s=1, stage="a", reason="x" * 2000)


class Log:
    """Keeps events; `now_s` is always 7."""

    def __init__(self):
        self.events = []

    def __call__(self, event):
        self.events.append(event)

    def now_s(self):
        return 7.0


class Process:
    """Stands in for the process that delivers; it ends when it is told to, unless it hangs."""

    def __init__(self, hangs=False):
        self.told, self.reported, self.hangs, self.is_stopped = [], [], hangs, False

    def tell(self, line):
        self.told.append(line)

    def lines(self):
        lines, self.reported = self.reported, []
        return lines

    def problem(self):
        return None if self.hangs or module.END not in self.told else "ended"

    def stop(self):
        self.is_stopped = True


def made(process):
    log, clock = Log(), Clock()
    return Notifier(Subject("tasks", {}, Path("/run")), process, log, clock, clock.sleep), log, clock


def test_events_and_the_end_are_handed_over_and_each_delivery_is_recorded():
    process = Process()
    notifier, log, _ = made(process)
    notifier.hear(RunStarted(t_s=0))
    delivery = {"receiver": 2, "news": "started", "took_s": 0.1, "problem": None}
    process.reported.append(json.dumps(delivery))
    notifier.conclude(Verdict(Outcome.PASS, "Good.", ()))
    notifier.finish()
    assert [json.loads(line)["news"] for line in process.told[:2]] == [["started"], ["passed"]]
    assert process.is_stopped
    [event] = log.events
    assert (event.t_s, event.receiver, event.news, event.problem) == (7.0, 2, "started", None)


def test_a_process_that_hangs_costs_the_end_of_the_run_seconds():
    process = Process(hangs=True)
    notifier, _, clock = made(process)
    began_s = clock()
    notifier.finish()
    assert process.is_stopped
    assert clock() - began_s < 11


def test_all_messages_of_a_run_fit_into_a_pipe():
    process = Process()
    notifier, _, clock = made(process)
    for _ in range(1000):
        notifier.hear(HELD)
        clock.sleep(AGAIN_AFTER_S)
    assert len(process.told) == MAX_MESSAGES
    assert sum(len(line.encode()) + 1 for line in process.told) < 65_536


def test_the_same_news_is_told_again_after_a_while_only():
    throttle, message = Throttle(), Message((News.HELD,), "", "", Tone.FAILURE)
    admitted = [at_s for at_s in (0, 1, 59, 60, 61) if throttle.admits(message, at_s)]
    assert admitted == [0, 60]
    assert throttle.admits(Message((News.FAILED,), "", "", Tone.FAILURE), 62)


def test_without_the_library_nobody_is_notified_and_a_line_says_what_to_install(monkeypatch, caplog):
    monkeypatch.setattr(module, "is_installed", lambda: False)
    assert Notifier.start(Subject("tasks", {}, Path("/run")), (), Log(), Clock(), Clock().sleep) is None
    assert "pip install 'canary-harness[notify]'" in caplog.text
