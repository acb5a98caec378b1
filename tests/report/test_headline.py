import io

from rich.console import Console

from harness.judge.outcome import Outcome
from harness.judge.validity.course import rollback_of
from harness.judge.verdict import Rollback, Verdict
from harness.record.events.release import RollbackFailed, RolledBack
from harness.record.events.run import RunStarted
from harness.report.headline import headline_of
from harness.report.text.junit import junit
from harness.report.text.markdown import summary
from harness.report.text.terminal import print_verdict

BACK = Verdict(Outcome.FAIL, "Because.", (), (), Rollback.DONE)


def test_whether_a_release_was_taken_back_is_known_from_the_events() -> None:
    assert rollback_of([RunStarted(t_s=1)]) is None
    assert rollback_of([RolledBack(t_s=1, stage="a")]) is Rollback.DONE
    assert rollback_of([RolledBack(t_s=1), RollbackFailed(t_s=2)]) is Rollback.FAILED


def test_every_view_says_that_a_run_was_rolled_back() -> None:
    page = io.StringIO()
    print_verdict(BACK, Console(file=page, width=80))
    assert headline_of(BACK) == "fail, rolled back"
    assert "fail, rolled back  Because." in page.getvalue()
    assert "Fail, rolled back" in summary(BACK, "plan", "service")
    assert '<property name="rollback" value="rolled back" />' in junit(BACK, "plan")
