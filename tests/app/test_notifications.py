"""What a run tells its receivers neither breaks nor holds up the run."""

from types import SimpleNamespace

from harness.app.notifications import Notifications
from harness.judge.outcome import Outcome
from harness.judge.verdict import Verdict
from harness.notify.notifier import Notifier
from harness.plan.overrides.values import Overrides
from harness.process.view_guard import ViewGuard
from harness.record.events.run import RunStarted
from tests.judge.simulator import plan_of

RUN = SimpleNamespace(release={}, path="run", overrides=Overrides())
VERDICT = Verdict(Outcome.PASS, "Good.", ())


class Broken:
    """A notifier whose process is gone."""

    def __init__(self):
        self.asked = []

    def conclude(self, verdict):
        self.asked.append(verdict)
        raise BrokenPipeError

    def finish(self):
        self.asked.append("finish")


def started(monkeypatch, notifier, **more):
    monkeypatch.setattr(Notifier, "start", lambda *arguments: notifier)
    notifications = Notifications(ViewGuard())
    notifications.start(plan_of(["error rate < 1%"], **more), RUN, None, None, None)
    return notifications


def test_a_plan_without_receivers_starts_no_process(monkeypatch):
    notifier = Broken()
    notifications = started(monkeypatch, notifier)
    notifications.hear(RunStarted(t_s=0))
    notifications.conclude(VERDICT)
    notifications.finish()
    assert notifier.asked == []


def test_a_receiver_that_cannot_be_told_breaks_nothing_and_is_left_out(monkeypatch, caplog):
    notifier = Broken()
    notifications = started(monkeypatch, notifier, notify=[{"to": "json://127.0.0.1/", "on": ["failed"]}])
    notifications.conclude(VERDICT)
    notifications.finish()
    assert notifier.asked == [VERDICT]
    assert "notifications failed and is off for the rest of the run: BrokenPipeError" in caplog.text
