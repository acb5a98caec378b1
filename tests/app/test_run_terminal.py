import pytest

from harness.app.run_terminal import RunTerminal
from harness.judge.outcome import Outcome
from harness.judge.verdict import Verdict
from harness.live.figures import RunFigures
from harness.process.view_guard import ViewGuard
from tests.rollout.scripted import Rollout, plan_text

VERDICT = Verdict(Outcome.PASS, "2 stages passed; every criterion held.", ())


@pytest.fixture
def run(tmp_path):
    return Rollout(tmp_path, plan_text()).run


@pytest.fixture
def terminal(run):
    terminal = RunTerminal(RunFigures(run.plan), ViewGuard(), lambda: 0.0)
    yield terminal
    terminal.close()


def test_the_result_ends_with_what_is_said_about_it_and_where_the_evidence_is(terminal, run, capsys):
    terminal.print_result(run, VERDICT, "The gate would not have caught anything.")
    said, where = capsys.readouterr().out.splitlines()[-2:]
    assert said == "The gate would not have caught anything."
    assert where == f"evidence and report: {run.path}"


def test_a_terminal_that_fails_costs_the_run_nothing(terminal, run, monkeypatch, caplog):
    monkeypatch.setattr("harness.app.run_terminal.print_verdict", lambda *_: 1 / 0)
    terminal.print_result(run, VERDICT)
    assert "the terminal failed" in caplog.text
