import json
import os
from pathlib import Path

import pytest

from harness.plan.document import plan_from_document
from harness.record.events.run import RunStarted
from harness.record.evidence_source import EvidenceSource
from harness.record.probes import AlertsProbe, QueryProbe
from harness.record.run_directory import RunDirectory, RunError
from harness.record.run_info import run_info

EPOCH_S = 1_767_862_800.25
EVENT = RunStarted(t_s=0.0)
PLAN = plan_from_document(
    {
        "service": "control-plane",
        "targets": "embedded",
        "load": {"arrival_rate": "7000/s", "max_in_flight": 512, "timeout": "10s"},
        "stages": [{"name": "canary-5", "weight": "5%", "duration": "20s", "criteria": ["p95 < 150ms"]}],
    }
)


def make(root, name="quick"):
    return RunDirectory.create(root, name, "service: control-plane\n", run_info(PLAN, name, EPOCH_S))


@pytest.fixture
def run(tmp_path):
    return make(tmp_path / "reports")


def test_a_new_directory_has_its_parts_and_the_latest_link(run):
    assert run.path.name == "20260108T090000Z-quick"
    assert sorted(entry.name for entry in run.path.iterdir()) == [
        "events.jsonl",
        "plan.yaml",
        "probes.jsonl",
        "run.json",
        "stages",
    ]
    assert (run.path / "plan.yaml").read_text() == "service: control-plane\n"
    assert (run.path.parent / "latest").readlink() == Path(run.path.name)


def test_it_opens_again_as_it_was_made_also_by_the_link(run):
    for path in (run.path, str(run.path), run.path.parent / "latest"):
        opened = RunDirectory.open(path)
        assert opened == run
        assert opened.plan == PLAN


def test_directories_of_the_same_second_are_numbered(tmp_path):
    names = [make(tmp_path).path.name for _ in range(3)]
    assert names == ["20260108T090000Z-quick", "20260108T090000Z-quick-2", "20260108T090000Z-quick-3"]
    assert (tmp_path / "latest").readlink() == Path(names[-1])


@pytest.mark.parametrize(
    ("name", "directory"),
    [
        ("../../etc/passwd", "etc-passwd"),
        ("a b/c", "a-b-c"),
        ("..", "unnamed"),
        ("x" * 500, "x" * 80),
        ("µ\n", "unnamed"),
    ],
)
def test_any_plan_name_gives_a_harmless_directory(tmp_path, name, directory):
    path = make(tmp_path, name).path
    assert path.name == f"20260108T090000Z-{directory}"
    assert path.parent == tmp_path.resolve()


def test_a_root_that_cannot_be_written_is_a_clear_error(tmp_path):
    (tmp_path / "reports").write_text("a file")
    with pytest.raises(RunError, match=r"cannot make a run directory in .*reports"):
        make(tmp_path / "reports")


def test_a_directory_called_latest_is_a_clear_error(tmp_path):
    (tmp_path / "latest").mkdir()
    with pytest.raises(RunError, match=r"latest is not the link .* remove or rename it"):
        make(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["latest"]


def test_a_file_called_latest_is_not_replaced(tmp_path):
    (tmp_path / "latest").write_text("mine")
    with pytest.raises(RunError, match="latest is not the link"):
        make(tmp_path)
    assert (tmp_path / "latest").read_text() == "mine"


def test_stage_logs_are_numbered_from_one(run):
    assert run.stage_hlog_path(0, "canary-5") == run.path / "stages" / "01-canary-5.hlog"
    assert run.stage_hlog_path(11, "../x").name == "12-x.hlog"


def test_events_and_probes_come_back_in_order(run):
    alerts = AlertsProbe(t_s=2.0, firing=(), error=None)
    for t_s in (1.0, 2.0):
        run.append_event(RunStarted(t_s=t_s))
    run.append_probe(alerts)
    assert [event.t_s for event in run.events().records] == [1.0, 2.0]
    assert run.probes().records == (alerts,)
    assert run.events().problems == run.probes().problems == ()


def test_what_could_not_be_read_again_is_not_written(run):
    with pytest.raises(ValueError, match="event 'run_started', field 't_s'"):
        run.append_event(RunStarted(t_s=float("nan")))
    with pytest.raises(ValueError, match="kind 'alerts', field 't_s'"):
        run.append_probe(AlertsProbe(t_s=float("inf"), firing=(), error=None))
    assert run.events().records == run.probes().records == ()


def test_a_probe_value_that_is_not_a_number_becomes_unknown(run):
    run.append_probe(QueryProbe(t_s=0.0, name="cpu", value=float("nan"), error=None))
    assert run.probes().records[0].value is None


def test_lost_and_damaged_files_are_problems(run):
    run.append_event(EVENT)
    with (run.path / "events.jsonl").open("a") as file:
        file.write('{"t_s":1,"event":"from_the_future"}\n{"t_s":2,"ev')
    (run.path / "probes.jsonl").unlink()
    events = run.events()
    assert events.records == (EVENT,)
    assert events.problems == (
        "events.jsonl:2: unknown event 'from_the_future'",
        "events.jsonl:3: the last line is cut off (the writer was killed); it is not used",
    )
    assert run.probes().problems == ("probes.jsonl: is missing",)


def test_the_verdict_is_read_as_it_was_written(run):
    assert run.read_verdict() is None
    run.write_verdict('{"outcome": "pass"}\n')
    assert run.read_verdict() == '{"outcome": "pass"}\n'


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"schema": 2}, r"written by a newer version of this tool \(schema 2, this one reads 1\)"),
        ({"schema": "1"}, "field 'schema': Input should be a valid integer"),
        ({"schema": None}, "field 'schema': Input should be a valid integer"),
        ({"epoch_s": "yesterday"}, "field 'epoch_s': Input should be a valid number"),
        ({"epoch_s": 1e300}, "field 'epoch_s': Input should be less than"),
        ({"time_scale": None}, "field 'time_scale': Input should be a valid number"),
        ({"time_scale": 0}, "field 'time_scale': Input should be greater than 0"),
        ({"plan_name": 5}, "field 'plan_name': Input should be a valid string"),
        ({"plan": "quick"}, "field 'plan': Input should be a valid dictionary"),
    ],
)
def test_a_run_json_that_cannot_be_used_is_refused_with_a_reason(run, change, what):
    (run.path / "run.json").write_text(json.dumps({**run.run, **change}))
    with pytest.raises(RunError, match=what):
        RunDirectory.open(run.path)


@pytest.mark.parametrize("missing", ["schema", "epoch_s", "time_scale", "plan_name", "plan"])
def test_a_run_json_that_lacks_something_is_refused(run, missing):
    (run.path / "run.json").write_text(
        json.dumps({key: value for key, value in run.run.items() if key != missing})
    )
    with pytest.raises(RunError, match=f"run.json: field '{missing}': Field required"):
        RunDirectory.open(run.path)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b'{"schema": 1, "pl', "run.json: not JSON: "),
        (b"[]", "run.json: not a JSON object but a list"),
        (b"", "run.json: not JSON"),
        (b"\xff\xfe", "run.json: is not UTF-8 text"),
        (b"[" * 200_000, "run.json: not JSON: nested too deeply"),
    ],
)
def test_a_torn_or_garbled_run_json_is_refused(run, content, what):
    (run.path / "run.json").write_bytes(content)
    with pytest.raises(RunError, match=what):
        RunDirectory.open(run.path)


def test_a_file_too_large_to_be_ours_is_not_read(run):
    with (run.path / "verdict.json").open("wb") as file:
        file.truncate(1 << 27)
    with pytest.raises(RunError, match=r"verdict\.json: is larger than"):
        run.read_verdict()


def test_a_pipe_in_place_of_a_file_is_not_waited_for(run):
    os.mkfifo(run.path / "verdict.json")
    with pytest.raises(RunError, match="is not a regular file"):
        run.read_verdict()


def test_what_is_no_run_directory_is_refused(tmp_path):
    with pytest.raises(RunError, match="there is no such run directory"):
        RunDirectory.open(tmp_path / "gone")
    with pytest.raises(RunError, match=r"has no run\.json"):
        RunDirectory.open(tmp_path)


def test_a_stored_plan_that_cannot_be_read_is_a_run_error(run):
    (run.path / "run.json").write_text(json.dumps({**run.run, "plan": {"stages": 5}}))
    opened = RunDirectory.open(run.path)
    with pytest.raises(RunError, match="its plan cannot be read"):
        _ = opened.plan


def test_the_source_of_a_run_is_load_where_an_older_version_recorded_none(run):
    older = {key: value for key, value in run.run.items() if key != "source"}
    assert run.source is RunDirectory(run.path, older).source is EvidenceSource.LOAD


def test_a_source_of_a_later_version_is_refused(run):
    with pytest.raises(RunError, match="source 'tea_leaves' is unknown to this version, which knows load"):
        _ = RunDirectory(run.path, {**run.run, "source": "tea_leaves"}).source
