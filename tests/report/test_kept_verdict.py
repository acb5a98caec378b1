from pathlib import Path

import pytest

from harness.judge.outcome import Outcome
from harness.record.files.run_lock import hold
from harness.record.run_directory import RunDirectory
from harness.report.kept_verdict import read_verdict

EXAMPLE = Path(__file__).parents[2] / "reports" / "example"


def test_a_run_keeps_its_verdict():
    verdict, unjudged = read_verdict(RunDirectory.open(EXAMPLE))
    assert verdict is not None
    assert (verdict.outcome, unjudged) == (Outcome.FAIL, "")


@pytest.mark.parametrize("text", [None, "{", '{"schema": 3}'])
def test_without_a_readable_verdict_it_is_said_why(tmp_path, text):
    (tmp_path / "run.json").write_bytes((EXAMPLE / "run.json").read_bytes())
    if text is not None:
        (tmp_path / "verdict.json").write_text(text)
    verdict, unjudged = read_verdict(RunDirectory.open(tmp_path))
    assert verdict is None
    assert unjudged.startswith("This run has no verdict: ")


def test_a_run_that_goes_on_was_not_stopped(tmp_path):
    (tmp_path / "run.json").write_bytes((EXAMPLE / "run.json").read_bytes())
    with hold(tmp_path):
        assert read_verdict(RunDirectory.open(tmp_path)) == (None, "This run still goes on.")
