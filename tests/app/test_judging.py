"""The judge on real run directories: what may happen to their files, and what must not come of it."""

import json
import random
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.app.judging import judge_directory
from harness.judge.codec import to_json
from harness.judge.outcome import Outcome
from harness.judge.run import judge_run
from harness.record.evidence import load_evidence
from harness.record.run_directory import RunDirectory
from tests.judge.directory import write_lines, write_run
from tests.judge.simulator import STARTED_S, Conditions, lognormal, plan_of, simulate

PROBES = {"health": "/health", "metrics": "/metrics"}
PLAN = plan_of(
    ["error rate < 1%", "p95 < 150ms", "p95 <= baseline + 20%", "system stable", "health checks passing"],
    probes=PROBES,
    rollback=["error rate > 20% for 10s", "service down for 10s"],
)
FILES = ("stages/01-canary.hlog", "events.jsonl", "probes.jsonl")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A run that passes, one that fails early, and one with a generator that was late."""
    root = tmp_path_factory.mktemp("runs")
    kinds = {
        "good": simulate(PLAN),
        "bad": simulate(PLAN, canary=lognormal(scale=2.0, error_rate=0.05)),
        "late": simulate(PLAN, canary=lognormal(scale=2.0), conditions=Conditions(hub_lateness_s=0.2)),
    }
    return {name: write_run(root / name, PLAN, evidence) for name, evidence in kinds.items()}


@pytest.fixture
def copy(tmp_path, runs):
    """Copy a run to where it can be damaged."""

    def copied(name):
        target = tmp_path / name
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(runs[name].path, target)
        return RunDirectory.open(target)

    return copied


def lines_of(run, file):
    return (run.path / file).read_text().splitlines()


def test_the_three_runs_come_to_what_they_are(runs):
    outcomes = {name: judge_directory(run).outcome for name, run in runs.items()}
    assert outcomes == {"good": Outcome.PASS, "bad": Outcome.FAIL, "late": Outcome.INVALID}


@pytest.mark.parametrize("name", ["good", "bad", "late"])
def test_read_from_disk_or_held_in_memory_the_verdict_has_the_same_bytes(runs, name):
    held = to_json(judge_run(load_evidence(runs[name])))
    assert to_json(judge_directory(runs[name])) == held == to_json(judge_directory(runs[name]))


@pytest.mark.parametrize("name", ["good", "bad", "late"])
@pytest.mark.parametrize("seed", [1, 2])
def test_windows_in_any_order_of_lines_give_the_same_bytes(runs, copy, name, seed):
    run, file = copy(name), FILES[0]
    head, body = lines_of(run, file)[:5], lines_of(run, file)[5:]
    random.Random(seed).shuffle(body)
    write_lines(run.path / file, [*head, *body])
    assert to_json(judge_directory(run)) == to_json(judge_directory(runs[name]))


def test_requests_taken_out_of_the_warm_up_are_missed(copy):
    run = copy("good")
    lines = lines_of(run, FILES[0])
    assert all("GET" in line for line in lines[5:11])
    write_lines(run.path / FILES[0], [*lines[:5], *lines[11:]])
    verdict = judge_directory(run)
    assert verdict.outcome is Outcome.INVALID
    assert "400 of 24,000 requests are missing" in to_json(verdict)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(FILES), st.data())
def test_lines_taken_away_never_give_a_pass(runs, tmp_path_factory, file, data):
    run = RunDirectory.open(shutil.copytree(runs["good"].path, tmp_path_factory.mktemp("holed") / "run"))
    lines = lines_of(run, file)
    first = 5 if file == FILES[0] else 0
    begin = data.draw(st.integers(first, len(lines) - 1))
    end = data.draw(st.integers(begin + 1, min(len(lines), begin + 40)))
    gone = lines[begin:end]
    write_lines(run.path / file, [*lines[:begin], *lines[end:]])
    verdict = judge_directory(run)
    if not all(is_not_needed(line) for line in gone):
        assert verdict.outcome is not Outcome.PASS


def is_not_needed(line):
    """No promise is about the baseline or alerts, and without the first and last probes there is no gap."""
    record = json.loads(line) if line.startswith("{") else {}
    if record.get("variant") == "baseline" or record.get("kind") == "alerts":
        return True
    return record.get("kind") in ("health", "metrics") and record["t_s"] in (STARTED_S, STARTED_S + 120.0)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["good", "bad"]), st.sampled_from(FILES), st.floats(0.0, 1.0), st.binary(max_size=8))
def test_a_file_cut_off_anywhere_or_overwritten_never_gives_a_pass(
    runs, tmp_path_factory, name, file, place, garbage
):
    run = RunDirectory.open(shutil.copytree(runs[name].path, tmp_path_factory.mktemp("torn") / "run"))
    whole = (run.path / file).read_bytes()
    at = min(int(place * len(whole)), len(whole) - 2)
    (run.path / file).write_bytes(whole[:at] + garbage)
    assert judge_directory(run).outcome is not Outcome.PASS


@pytest.mark.parametrize("name", ["good", "bad"])
@pytest.mark.parametrize("file", FILES)
def test_without_one_of_its_files_a_run_never_passes(copy, name, file):
    run = copy(name)
    (run.path / file).unlink()
    assert judge_directory(run).outcome is not Outcome.PASS


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"\xff")])
def test_a_damaged_run_has_the_same_verdict_wherever_it_lies(runs, tmp_path, damage):
    said = []
    for place in (tmp_path / "here", tmp_path / "and" / "there"):
        run = RunDirectory.open(shutil.copytree(next(iter(runs.values())).path, place))
        damage(run.path / "plan.yaml")
        said.append(judge_directory(run))
    assert said[0] == said[1]
    assert said[0].outcome is Outcome.INVALID
