"""`harness compare` and `harness runs` on the run that lies in the repository."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli.main import main

EXAMPLE = Path(__file__).parents[2] / "reports/example"


@pytest.fixture
def reports(tmp_path):
    """Two runs of the same plan, an hour apart."""
    for number in (1, 2):
        path = tmp_path / f"run-{number}"
        shutil.copytree(EXAMPLE, path)
        run = json.loads((path / "run.json").read_text())
        run["epoch_s"] += 3600 * number
        (path / "run.json").write_text(json.dumps(run))
    return tmp_path


def invoke(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_runs_are_listed_the_newest_first(reports):
    result = invoke("runs", reports)
    assert result.exit_code == 0
    assert result.output.index("run-2") < result.output.index("run-1")


def test_a_missing_directory_of_runs_is_one_line(tmp_path):
    result = invoke("runs", tmp_path / "none")
    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)


@pytest.mark.real
def test_an_option_nobody_knows_is_refused_in_locusts_name_and_says_where_to_look(tmp_path):
    plan = EXAMPLE.parents[1] / "loadtests/plans/quick.yaml"
    command = [sys.executable, "-m", "harness.cli.main", "run", str(plan), "--nonsense"]
    done = subprocess.run(
        command, cwd=EXAMPLE.parents[1], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "locust: error: unrecognized arguments: --nonsense",
        "Options after PLAN go to Locust; `locust --help` lists them.",
    ]


def test_two_runs_become_a_page(reports):
    out = reports / "page.html"
    result = invoke("compare", reports / "run-1", reports / "run-2", "-o", out)
    assert result.exit_code == 0, result.output
    assert result.output.strip() == str(out)
    assert "run-2" in out.read_text()


def test_unlike_runs_are_refused_with_the_reason_and_shown_with_force(reports):
    run = json.loads((reports / "run-2/run.json").read_text())
    run["plan"]["service"] = "another"
    (reports / "run-2/run.json").write_text(json.dumps(run))
    arguments = ("compare", reports / "run-1", reports / "run-2", "-o", reports / "page.html")
    refused = invoke(*arguments)
    assert refused.exit_code == 2
    assert "not alike: service" in refused.stderr
    assert not (reports / "page.html").exists()
    assert invoke(*arguments, "--force").exit_code == 0
    assert (reports / "page.html").exists()


def test_one_run_is_nothing_to_compare(reports):
    result = invoke("compare", reports / "run-1", "-o", reports / "page.html")
    assert result.exit_code == 2
    assert "at least" in result.stderr or "2 to" in result.stderr


def test_the_list_of_runs_can_be_read_by_a_machine(reports):
    (reports / "run-2/verdict.json").write_text("{")
    newest, older = json.loads(invoke("runs", reports, "--json").output)
    assert newest["outcome"] is None
    assert newest["problem"]
    assert (older["path"], older["outcome"], older["problem"]) == (str(reports / "run-1"), "fail", "")
    assert (older["plan_name"], older["passed"], older["stages"]) == ("example", 2, 5)
