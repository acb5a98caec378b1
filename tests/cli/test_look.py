"""The verbs that look at runs, on the example run."""

import json
from pathlib import Path
from shutil import copytree

import pytest
from click.testing import CliRunner

from harness.cli.main import main
from harness.record.files.run_lock import hold
from harness.rollout.exit_code import ExitCode
from tests.judge.directory import write_run
from tests.judge.simulator import lognormal, plan_of, simulate

EXAMPLE = Path(__file__).parents[2] / "reports" / "example"


@pytest.fixture
def run(tmp_path):
    return copytree(EXAMPLE, tmp_path / "run")


def invoke(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_judging_again_writes_the_same_bytes_and_exits_with_the_verdict(run):
    before = (run / "verdict.json").read_bytes()
    assert invoke("judge", run).exit_code == ExitCode.FAIL
    assert (run / "verdict.json").read_bytes() == before


def test_a_percentile_that_was_never_answered_reads_so_wherever_it_is_shown(tmp_path):
    plan = plan_of(["p95 < 150ms", "p95 <= baseline + 20%"], rate="100/s", duration="60s")
    run = write_run(tmp_path, plan, simulate(plan, canary=lognormal(error_rate=0.2))).path
    judged = invoke("judge", run)
    assert judged.exit_code == ExitCode.FAIL
    verdict = (run / "verdict.json").read_bytes()
    findings = json.loads(verdict)["stages"][0]["findings"]
    assert [each["never_answered"] for each in findings[:2]] == [True, True]
    assert invoke("judge", run).exit_code == ExitCode.FAIL
    assert (run / "verdict.json").read_bytes() == verdict
    assert invoke("report", run).exit_code == 0
    written = [(run / name).read_text() for name in ("report.html", "summary.md", "junit.xml")]
    for text in (judged.output, *written):
        assert "never answered" in " ".join(text.split())
        assert "4,294,967" not in text


def test_a_run_is_judged_by_other_limits_without_writing_a_verdict(run, tmp_path):
    before = (run / "verdict.json").read_bytes()
    kinder = tmp_path / "kinder.yaml"
    kinder.write_text((run / "plan.yaml").read_text().replace("p95 < 55ms", "p95 < 5ms"))
    judged = invoke("judge", run, "--plan", kinder)
    assert judged.exit_code == ExitCode.FAIL
    assert "had to be below 5 ms" in judged.output
    assert (run / "verdict.json").read_bytes() == before


def test_a_plan_of_other_load_is_refused(run, tmp_path):
    other = tmp_path / "other.yaml"
    other.write_text((run / "plan.yaml").read_text().replace("1000/s", "900/s"))
    refused = invoke("judge", run, "--plan", other)
    assert refused.exit_code == ExitCode.BAD_USAGE
    assert "stage canary-5: 5% for 92s at 1000/s in the run, 5% for 92s at 900/s in" in refused.output


def test_a_run_keeps_to_its_own_locked_baseline(run, tmp_path):
    lock = tmp_path / "performance-baseline.json"
    assert invoke("lock", run, "-o", lock).exit_code == 0
    judged = invoke("judge", run, "--lock", lock)
    assert "locked baseline: p95" in judged.output
    assert judged.exit_code == ExitCode.FAIL


def test_a_lock_that_cannot_be_read_is_refused(run, tmp_path):
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    assert invoke("judge", run, "--lock", broken).exit_code == ExitCode.BAD_USAGE
    assert invoke("judge", run, "--lock", tmp_path / "none.json").exit_code == ExitCode.BAD_USAGE


def test_calibrate_prints_a_table_and_check_takes_its_figures(run, tmp_path):
    printed = invoke("calibrate", run)
    assert printed.exit_code == 0, printed.output
    assert "proposed block" in printed.output
    figures = tmp_path / "noise.json"
    # Not `output`, which has the lines of standard error among the figures.
    figures.write_text(invoke("calibrate", run, "--json").stdout)
    plan = (run / "plan.yaml", "--stage", "canary-50")
    typical = invoke("check", *plan).output
    calibrated = invoke("check", *plan, "--calibration", figures)
    assert calibrated.exit_code == 0, calibrated.output
    assert "an equal canary passes after" in calibrated.output
    assert calibrated.output != typical


def test_a_file_that_is_not_a_locked_baseline_is_named(run):
    refused = invoke("judge", run, "--lock", run / "run.json")
    assert refused.exit_code == ExitCode.BAD_USAGE
    assert refused.stderr.startswith(f"{run / 'run.json'}: ")
    assert "write one with `harness lock RUN`" in refused.stderr


@pytest.fixture
def reports(tmp_path):
    """Two runs of the same plan, an hour apart."""
    for number in (1, 2):
        path = tmp_path / f"run-{number}"
        copytree(EXAMPLE, path)
        run = json.loads((path / "run.json").read_text())
        run["epoch_s"] += 3600 * number
        (path / "run.json").write_text(json.dumps(run))
    return tmp_path


def test_runs_are_listed_the_newest_first(reports):
    result = invoke("runs", reports)
    assert result.exit_code == 0
    assert result.output.index("run-2") < result.output.index("run-1")


def test_a_missing_directory_of_runs_is_one_line(tmp_path):
    result = invoke("runs", tmp_path / "none")
    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)


def test_two_runs_become_a_page(reports):
    out = reports / "page.html"
    result = invoke("compare", reports / "run-1", reports / "run-2", "-o", out)
    assert result.exit_code == 0, result.output
    assert result.output.strip() == str(out)
    assert "run-2" in out.read_text()


def test_runs_are_found_by_name_where_runs_are_kept(reports):
    result = invoke("compare", "run-1", "run-2", "--runs", reports)
    assert result.output.strip() == str(reports / "compare.html")
    assert (reports / "compare.html").exists()


def test_unlike_runs_are_refused_with_the_reason_and_shown_with_force(reports):
    run = json.loads((reports / "run-2/run.json").read_text())
    run["plan"]["service"] = "another"
    (reports / "run-2/run.json").write_text(json.dumps(run))
    arguments = ("compare", reports / "run-1", reports / "run-2", "-o", reports / "page.html")
    refused = invoke(*arguments)
    assert refused.exit_code == ExitCode.BAD_USAGE
    assert "not alike: service" in refused.stderr
    assert not (reports / "page.html").exists()
    assert invoke(*arguments, "--force").exit_code == 0
    assert (reports / "page.html").exists()


def test_one_run_is_nothing_to_compare(reports):
    result = invoke("compare", reports / "run-1", "-o", reports / "page.html")
    assert result.exit_code == ExitCode.BAD_USAGE
    assert "at least" in result.stderr or "2 to" in result.stderr


def test_the_list_of_runs_can_be_read_by_a_machine(reports):
    (reports / "run-2/verdict.json").write_text("{")
    newest, older = json.loads(invoke("runs", reports, "--json").output)
    assert newest["outcome"] is None
    assert newest["problem"]
    assert (older["path"], older["outcome"], older["problem"]) == (str(reports / "run-1"), "fail", "")
    assert (older["plan_name"], older["passed"], older["stages"]) == ("example", 2, 5)


def test_an_empty_list_of_runs_is_not_an_error(nowhere):
    (nowhere / "reports").mkdir()
    result = invoke("runs")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "no runs in reports yet" in result.stderr
    assert json.loads(invoke("runs", "--json").output) == []


@pytest.mark.parametrize("verb", ["judge", "report", "golive", "lock", "compare", "calibrate"])
def test_a_run_that_still_goes_on_is_said_to(reports, verb):
    before = (reports / "run-1/verdict.json").read_bytes()
    with hold(reports / "run-1"):
        result = invoke(verb, reports / "run-1")
        assert result.exit_code == ExitCode.BAD_USAGE
        assert "still running" in result.stderr
        so_far = invoke("judge", reports / "run-1", "--so-far")
        assert so_far.exit_code in (ExitCode.PASS, ExitCode.FAIL, ExitCode.INCONCLUSIVE, ExitCode.INVALID)
    assert (reports / "run-1/verdict.json").read_bytes() == before
