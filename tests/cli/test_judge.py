"""The verbs that judge, on the example run."""

from pathlib import Path
from shutil import copytree

import pytest
from click.testing import CliRunner

from harness.cli.main import main

EXAMPLE = Path(__file__).parents[2] / "reports" / "example"


@pytest.fixture
def run(tmp_path):
    return copytree(EXAMPLE, tmp_path / "run")


def harness(*arguments):
    return CliRunner().invoke(main, list(map(str, arguments)))


def test_judging_again_writes_the_same_bytes_and_exits_with_the_verdict(run):
    before = (run / "verdict.json").read_bytes()
    assert harness("judge", run).exit_code == 10
    assert (run / "verdict.json").read_bytes() == before


def test_a_run_is_judged_by_other_limits_without_writing_a_verdict(run, tmp_path):
    before = (run / "verdict.json").read_bytes()
    kinder = tmp_path / "kinder.yaml"
    kinder.write_text((run / "plan.yaml").read_text().replace("p95 < 55ms", "p95 < 5ms"))
    judged = harness("judge", run, "--plan", kinder)
    assert judged.exit_code == 10
    assert "had to be below 5ms" in judged.output
    assert (run / "verdict.json").read_bytes() == before


def test_a_plan_of_other_load_is_refused(run, tmp_path):
    other = tmp_path / "other.yaml"
    other.write_text((run / "plan.yaml").read_text().replace("1000/s", "900/s"))
    refused = harness("judge", run, "--plan", other)
    assert refused.exit_code == 2
    assert "stage canary-5: 5% for 92s at 1000/s in the run, 5% for 92s at 900/s in" in refused.output


def test_a_run_keeps_to_its_own_locked_baseline(run, tmp_path):
    lock = tmp_path / "performance-baseline.json"
    assert harness("lock", run, "-o", lock).exit_code == 0
    judged = harness("judge", run, "--lock", lock)
    assert "locked baseline: p95" in judged.output
    assert judged.exit_code == 10


def test_a_lock_that_cannot_be_read_is_refused(run, tmp_path):
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    assert harness("judge", run, "--lock", broken).exit_code == 2
    assert harness("judge", run, "--lock", tmp_path / "none.json").exit_code == 2


def test_calibrate_prints_a_table_and_check_takes_its_figures(run, tmp_path):
    printed = harness("calibrate", run)
    assert printed.exit_code == 0
    assert "proposed block" in printed.output
    figures = tmp_path / "noise.json"
    figures.write_text(harness("calibrate", run, "--json").output)
    typical = harness("check", run / "plan.yaml").output
    calibrated = harness("check", run / "plan.yaml", "--calibration", figures)
    assert calibrated.exit_code == 0
    assert "needs for the tolerance" in calibrated.output
    assert calibrated.output != typical


def test_a_calibration_that_cannot_be_read_is_refused(run, tmp_path):
    for text in ("", "[]", '{"variance_s": -1.0}', '{"variance_s": null}'):
        figures = tmp_path / "noise.json"
        figures.write_text(text)
        assert harness("check", run / "plan.yaml", "--calibration", figures).exit_code == 2


def test_a_file_that_is_no_locked_baseline_is_named(run):
    refused = harness("judge", run, "--lock", run / "run.json")
    assert refused.exit_code == 2
    assert refused.stderr.startswith(f"{run / 'run.json'}: ")
    assert "write one with `harness lock RUN`" in refused.stderr
