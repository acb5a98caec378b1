import io
from pathlib import Path

import pytest
from rich.console import Console

from harness.record.run_directory import RunDirectory, RunError
from harness.report.across_runs.runs import list_runs, print_runs
from tests.report import simulator


@pytest.fixture
def root(tmp_path: Path) -> Path:
    text = simulator.plan_text(25, 50)
    simulator.simulate(tmp_path, text, "failed", simulator.EXAMPLE_FAULT)
    killed = simulator.simulate(tmp_path, simulator.plan_text(50), "killed")
    (killed.path / "verdict.json").unlink()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "run.json").write_text('{"schema":')
    (tmp_path / "notes").mkdir()
    return tmp_path


def test_runs_are_listed_with_verdict_and_stages_and_the_link_to_the_latest_is_not(root: Path) -> None:
    runs = {run.path.name: run for run in list_runs(root)}
    assert set(runs) == {"20260108T090000Z-failed", "20260108T090000Z-killed", "broken"}
    failed = runs["20260108T090000Z-failed"]
    assert (failed.outcome, failed.passed, failed.stages) == ("fail", 1, 2)
    assert (failed.plan_name, failed.started) == ("failed", "2026-01-08 09:00:00")


def test_damaged_runs_are_listed_with_what_is_wrong_at_the_end(root: Path) -> None:
    runs = list_runs(root)
    assert runs[-1].path.name == "broken"
    assert "not JSON" in runs[-1].problem
    assert "not judged" in runs[1].problem


def test_the_list_reads_as_a_table_whose_lines_are_whole_in_a_narrow_terminal(root: Path) -> None:
    out = io.StringIO()
    print_runs(list_runs(root), Console(file=out, width=40))
    lines = [" ".join(line.split()) for line in out.getvalue().splitlines()]
    assert lines[0] == "directory verdict stages started"
    assert lines[1] == "20260108T090000Z-failed ✕ fail, rolled back 1 of 2 2026-01-08 09:00:00"


def test_a_missing_directory_is_an_error_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="nowhere: cannot be listed: No such file"):
        list_runs(tmp_path / "nowhere")


def test_a_listed_run_can_be_opened(root: Path) -> None:
    assert RunDirectory.open(list_runs(root)[0].path).run["plan_name"] == "failed"
