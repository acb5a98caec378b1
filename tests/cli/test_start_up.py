"""What a verb need not wait for: each library costs 0.05 to 0.5 s to load."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

LIBRARIES = (
    "pydantic",
    "ruamel",
    "rich",
    "numpy",
    "scipy",
    "matplotlib",
    "jinja2",
    "httpx",
    "locust",
    "gevent",
)
EXAMPLE = Path(__file__).parents[2] / "reports"
QUICK = Path(__file__).parents[2] / "loadtests" / "plans" / "quick.yaml"
CODE = f"""
import json, sys
from harness.cli.main import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
print(json.dumps(sorted({set(LIBRARIES)} & sys.modules.keys())), file=sys.stderr)
"""


def loaded_by(*arguments, cwd):
    ended = subprocess.run(
        [sys.executable, "-c", CODE, *map(str, arguments)], capture_output=True, check=False, cwd=cwd
    )
    return set(json.loads(ended.stderr.splitlines()[-1]))


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["run", "--help"], ["golive", "--help"]])
def test_version_and_help_load_no_library(tmp_path, arguments):
    assert loaded_by(*arguments, cwd=tmp_path) == set()


def test_runs_reads_no_plan_and_measures_nothing(tmp_path):
    assert loaded_by("runs", EXAMPLE, cwd=tmp_path) == {"pydantic", "rich"}


@pytest.mark.parametrize("verb", ["check", "run"])
def test_a_plan_with_a_mistake_is_answered_before_the_judge_is_loaded(tmp_path, verb):
    plan = tmp_path / "plan.yaml"
    plan.write_text("service: shop\n")
    assert loaded_by(verb, plan, cwd=tmp_path) == {"pydantic", "ruamel"}


def test_a_run_that_does_not_exist_is_answered_before_the_report_is_loaded(tmp_path):
    assert loaded_by("report", tmp_path / "none", cwd=tmp_path) == {"pydantic"}


def test_check_loads_neither_plots_nor_load(tmp_path):
    assert loaded_by("check", QUICK, cwd=tmp_path) == {"pydantic", "ruamel", "rich", "numpy", "scipy"}
