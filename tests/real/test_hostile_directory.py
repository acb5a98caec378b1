"""Verbs inside a directory that somebody else filled."""

import os
import shutil
from pathlib import Path

import pytest

from tests.real.hostile import harness, plant

EXAMPLE = Path(__file__).parents[2] / "reports" / "example"
# What Python imports before the first line of `harness` can come from there, as with any program.
EARLY = ("json", "harness", "encodings", "sitecustomize", "usercustomize", "typing")
PLAN = Path(__file__).parents[2] / "loadtests" / "plans" / "quick.yaml"


@pytest.fixture
def directory(tmp_path):
    made = tmp_path / "downloaded"
    shutil.copytree(EXAMPLE, made)
    return made


pytestmark = pytest.mark.real


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["judge", "."], 10),
        (["report", "."], 0),
        (["runs", ".."], 0),
        (["compare", ".", str(EXAMPLE), "-o", "compare.html"], 0),
        (["check", str(PLAN)], 0),
        (["calibrate", "."], 0),
        (["lock", ".", "-o", "lock.json"], 0),
        (["golive", "."], 10),
        (["demo", "--help"], 0),
        (["serve", "no.yaml"], 2),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else str(value),
)
def test_a_verb_executes_nothing_that_lies_in_the_working_directory(directory, words, code):
    mark = plant(directory)
    done = harness(directory, *words)
    assert not mark.exists(), mark.read_text()
    assert (done.returncode, "Traceback" in done.stderr) == (code, False), done.stderr


@pytest.mark.parametrize("entry", ["", "."])
@pytest.mark.parametrize("verb", ["judge", "report"])
def test_a_module_path_that_names_the_working_directory_executes_no_library_in_it(directory, entry, verb):
    mark = plant(directory)
    for early in EARLY:
        (directory / f"{early}.py").unlink()
    path = os.pathsep.join([entry, str(EXAMPLE.parents[1])])
    done = harness(directory, verb, ".", PYTHONPATH=path)
    assert not mark.exists(), mark.read_text()
    assert (done.returncode, "Traceback" in done.stderr) == ({"judge": 10, "report": 0}[verb], False), (
        done.stderr
    )
