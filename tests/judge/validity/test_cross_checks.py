"""Every number that a run directory records is changed, one at a time: the run is not a pass any more."""

import json
import shutil

import pytest

from harness.app.judging import judge_directory
from harness.judge.outcome import Outcome
from harness.record.events.event import EVENTS
from harness.record.events.release import WeightSet
from harness.record.events.run import RunStarted
from harness.record.events.stage import StageExtended, StageJudged
from harness.record.run_directory import RunDirectory
from tests.judge.directory import write_run
from tests.judge.simulator import lognormal, plan_of, simulate

PLAN = plan_of(
    ["error rate < 20%", "p95 < 300ms", "health checks passing"],
    duration="60s",
    rate="100/s",
    probes={"health": "/health", "metrics": "/metrics"},
)
CANNOT_MATTER = {
    "run.json": {
        "schema": "the layout, which a newer version refuses",
        "machine.cpus": "for people",
    },
    "events": {
        "t_s": "the order of the lines counts; stage_started alone places the windows",
    },
    "generator": {
        "t_s": "only its CPU is placed by it, and that is judged as a mean",
        "interval_s": "for the report",
        "in_flight": "for the report",
        "backlog": "for the report",
        "cpu": "measured once, nothing repeats it",
        "memory_bytes": "measured once, nothing repeats it",
    },
    "health": {
        "t_s": "a small shift leaves no gap",
        "latency_s": "no criterion is about it",
        "status": "201 is as good as 200",
    },
    "metrics": {
        "t_s": "a small shift leaves no gap",
        "cpu": "measured once, nothing repeats it",
        "memory_bytes": "measured once, nothing repeats it",
        "restarts": "no criterion of this plan is about it",
    },
}


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """A run that passes with some failed requests, its events as a controller writes them."""
    errors = {"baseline": lognormal(error_rate=0.01), "canary": lognormal(error_rate=0.01)}
    run = write_run(tmp_path_factory.mktemp("good") / "run", PLAN, simulate(PLAN, **errors))
    lines = (run.path / "events.jsonl").read_text().splitlines()
    (run.path / "events.jsonl").write_text("")
    run.append_event(RunStarted(t_s=0.0))
    run.append_event(WeightSet(t_s=1.0, stage="canary", weight=0.5))
    with (run.path / "events.jsonl").open("a") as file:
        file.writelines(f"{line}\n" for line in lines[:-1])
    run.append_event(StageJudged(t_s=66.0, stage="canary", outcome="pass"))
    with (run.path / "events.jsonl").open("a") as file:
        file.write(f"{lines[-1]}\n")
    assert judge_directory(run).outcome is Outcome.PASS
    return run


@pytest.fixture
def copy(good, tmp_path):
    """Return a copy that may be changed."""
    return RunDirectory.open(shutil.copytree(good.path, tmp_path / "run"))


def numbers(document, path=()):
    """Yield the path of each number in a document."""
    pairs = (
        document.items()
        if isinstance(document, dict)
        else enumerate(document)
        if isinstance(document, list)
        else ()
    )
    for key, value in pairs:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            yield (*path, key)
        yield from numbers(value, (*path, key))


def changed(document, path, by):
    """Return a document with another number at a path."""
    copied = json.loads(json.dumps(document))
    *outer, last = path
    inner = copied
    for key in outer:
        inner = inner[key]
    inner[last] += by
    return copied


def survivors(run, file, indent=None, lines=None):
    """Change each number of some lines of a file, and return those that leave a pass."""
    text = (run.path / file).read_text()
    texts = text.splitlines() if lines else [text]
    for number in lines or [0]:
        document = json.loads(texts[number])
        for path in numbers(document):
            for by in (1, -1):
                line = json.dumps(changed(document, path, by), indent=indent)
                (run.path / file).write_text("\n".join([*texts[:number], line, *texts[number + 1 :], ""]))
                if passes(run):
                    yield document, ".".join(map(str, path))
    (run.path / file).write_text(text)


def passes(run):
    """Whether a run is a pass to somebody who reads it now."""
    try:
        return judge_directory(RunDirectory.open(run.path)).outcome is Outcome.PASS
    except Exception:
        return False


def test_each_number_of_run_json_is_checked_or_cannot_matter(copy):
    left = {place for _, place in survivors(copy, "run.json", indent=2)}
    assert left <= set(CANNOT_MATTER["run.json"])


def test_each_number_of_each_event_is_checked_or_cannot_matter(copy):
    lines = (copy.path / "events.jsonl").read_text().splitlines()
    kinds = {json.loads(line)["event"]: number for number, line in enumerate(lines)}
    left = {(event["event"], place) for event, place in survivors(copy, "events.jsonl", lines=kinds.values())}
    assert {place for event, place in left if event != "stage_started"} <= set(CANNOT_MATTER["events"])
    assert not {place for event, place in left if event == "stage_started"}


@pytest.mark.parametrize("kind", ["generator", "health", "metrics"])
def test_each_number_of_a_probe_is_checked_or_cannot_matter(copy, kind):
    lines = (copy.path / "probes.jsonl").read_text().splitlines()
    (*_, middle, _) = (number for number, line in enumerate(lines) if json.loads(line)["kind"] == kind)
    left = {place for _, place in survivors(copy, "probes.jsonl", lines=[middle])}
    assert left <= set(CANNOT_MATTER[kind])


@pytest.mark.parametrize(
    ("event", "says"),
    [
        ({"event": "rolled_back", "stage": "canary"}, "the release was rolled back"),
        ({"event": "rollback_failed", "stage": "canary"}, "the release was to be rolled back"),
        ({"event": "held", "stage": "canary", "reason": "?"}, "the release was held"),
        ({"event": "run_finished", "outcome": "fail"}, "the run ended with 'fail'"),
        ({"event": "run_finished", "outcome": "great"}, "the run ended with 'great'"),
        ({"event": "stage_judged", "stage": "canary", "outcome": "inconclusive"}, "recorded 'inconclusive'"),
        ({"event": "interrupted", "signal": "SIGINT"}, "ended early, 1 min 10 s after its start, by SIGINT"),
        (
            {"event": "deploy_failed", "stage": "canary", "reason": "rc 1"},
            "deployment of stage canary",
        ),
        ({"event": "target_down", "variant": "canary", "reason": "no answer"}, "the canary does not answer"),
        ({"event": "worker_lost", "reason": "worker 3 is silent"}, "worker 3 is silent"),
    ],
)
def test_an_event_that_contradicts_a_pass_is_named(copy, event, says):
    with (copy.path / "events.jsonl").open("a") as file:
        file.write(json.dumps({"t_s": 70.0, **event}) + "\n")
    verdict = judge_directory(copy)
    assert verdict.outcome is Outcome.INVALID
    assert says in verdict.reason


def test_a_run_without_its_end_was_killed(copy):
    lines = (copy.path / "events.jsonl").read_text().splitlines()
    (copy.path / "events.jsonl").write_text("".join(f"{line}\n" for line in lines[:-1]))
    verdict = judge_directory(copy)
    assert verdict.outcome is Outcome.INVALID
    assert verdict.reason == "The run has no recorded end: it was killed, or it still goes on."


def test_another_plan_in_plan_yaml_is_named_with_its_place(copy):
    document = json.loads((copy.path / "plan.yaml").read_text())
    document["stages"].append({**document["stages"][0], "name": "more"})
    (copy.path / "plan.yaml").write_text(json.dumps(document))
    verdict = judge_directory(copy)
    assert verdict.outcome is Outcome.INVALID
    assert verdict.reason == (
        "The records contradict each other: plan.yaml and run.json state different plans, from `stages` on."
    )


def test_the_log_of_another_run_is_known_by_its_clock(copy):
    (log,) = (copy.path / "stages").iterdir()
    log.write_text(log.read_text().replace("[BaseTime: 1767862800.000", "[BaseTime: 1767862811.000"))
    verdict = judge_directory(copy)
    assert verdict.outcome is Outcome.INVALID
    assert "the clock of the stage's log is 11 s off that of the run" in verdict.reason


def test_an_extension_without_its_length_is_named(copy):
    extended = EVENTS.line_of(StageExtended(t_s=64.0, stage="canary", duration_s=120.0)).decode().strip()
    path = copy.path / "events.jsonl"
    lines = path.read_text().splitlines()
    at = next(number for number, line in enumerate(lines) if "stage_finished" in line)
    path.write_text("".join(f"{line}\n" for line in [*lines[:at], extended, *lines[at:]]))
    verdict = judge_directory(copy)
    assert verdict.outcome is Outcome.INVALID
    assert "the stage lasted 1 min, planned 1 min and 1 extension" in verdict.reason


def test_an_extension_after_the_end_of_its_stage_needs_an_end_of_its_own(copy):
    copy.append_event(StageExtended(t_s=66.0, stage="canary", duration_s=120.0))
    verdict = judge_directory(copy)
    assert verdict.outcome is Outcome.INVALID
    assert "The stage has no recorded end" in verdict.reason
