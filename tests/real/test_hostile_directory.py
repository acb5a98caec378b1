"""Verbs inside a directory that somebody else filled."""

import shutil
from pathlib import Path

import pytest

from tests.real.hostile import harness, plant

EXAMPLE = Path(__file__).parents[2] / "reports" / "example"
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
