"""A run directory with one part damaged or replaced: a sentence, no traceback, no hang, no file of ours."""

import random
import shutil

import pytest

from harness.app.judging import write_verdict
from harness.judge.outcome import Outcome
from harness.plan.document import plan_from_document
from harness.record.run_directory import RunDirectory, RunError
from harness.report.across_runs.runs import list_runs, runs_as_json
from harness.report.write import plan_text
from tests.app.mutations import KINDS, damaged, paths, replace_by
from tests.judge.directory import write_lines, write_run
from tests.judge.simulator import simulate

FINISHED = (
    '{"t_s": 45, "event": "stage_finished", "stage": "one", "duration_s": %s, "due": 9, "completed": 9, '
)
FINISHED += '"failed": 0, "dropped": 0, "open": 0, "by_variant": {}}'


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    stage = {"name": "one", "weight": "50%", "interval": "2s", "duration": "40s", "criteria": ["p95 < 150ms"]}
    load = {"arrival_rate": "60/s", "max_in_flight": 64, "timeout": "10s"}
    plan = plan_from_document({"service": "s", "targets": "embedded", "load": load, "stages": [stage]})
    run = write_run(tmp_path_factory.mktemp("runs"), plan, simulate(plan))
    (run.path / "plan.yaml").write_text("service: s\n")
    with (run.path / "events.jsonl").open("a") as events:
        events.write(FINISHED % "40" + "\n")
    write_verdict(run)
    return run.path


@pytest.fixture
def directory(original, tmp_path):
    return shutil.copytree(original, tmp_path / "reports" / original.name)


def look(directory):
    """Do with a run directory what the verbs do, short of drawing; return what was said."""
    said = runs_as_json(list_runs(directory.parent))
    try:
        run = RunDirectory.open(directory)
        verdict = write_verdict(run)
    except (RunError, OSError) as refusal:
        return f"{said}{refusal}", Outcome.INVALID
    return f"{said}{verdict.reason}{plan_text(run)}", verdict.outcome


@pytest.mark.parametrize("seed", range(60))
def test_one_damaged_value_is_a_sentence_or_a_verdict(directory, seed):
    chance = random.Random(seed)
    path = chance.choice(paths(directory))
    path.write_text(damaged(path.read_text(), chance), errors="surrogatepass")
    look(directory)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "name", ["run.json", "plan.yaml", "events.jsonl", "probes.jsonl", "verdict.json", "stages"]
)
def test_a_file_that_is_none_is_a_sentence_and_shows_nothing_of_this_machine(directory, tmp_path, name, kind):
    secret = tmp_path / "secret"
    secret.write_text("password")
    path = directory / name if name != "stages" else next((directory / name).iterdir())
    replace_by(kind, path, secret)
    said, outcome = look(directory)
    assert "password" not in said
    assert outcome is Outcome.INVALID or name in ("plan.yaml", "verdict.json", "probes.jsonl")


@pytest.mark.parametrize("number", ["1e308", "1e400", "NaN", "-1", "1e17"])
def test_a_length_no_stage_has_is_named(directory, number):
    write_lines(directory / "events.jsonl", [FINISHED % number])
    run = RunDirectory.open(directory)
    assert any("events.jsonl:1" in problem for problem in run.events().problems)
    assert write_verdict(run).outcome is Outcome.INVALID
