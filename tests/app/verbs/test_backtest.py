"""A release of the past, judged through the real command."""

import gzip
import json
import re

import pytest
from click.testing import CliRunner

from harness.cli.main import main
from harness.record.probes import LogProbe
from harness.record.run_directory import RunDirectory
from tests.app.verbs.test_observe import run
from tests.observe.past.past import past_log
from tests.observe.writing_router import WritingRouter

BEGAN_S = 1_767_880_800
PLAN = """service: tasks
traffic:
  access_log:
    path: access.log
    format: nginx-json
    timezone: Europe/Berlin
    variant: {field: upstream_addr, baseline: ["10.0.0.5:8080"], canary: ["10.0.0.7:8080"]}
judge: {block: 10s, warmup: 20s}
rollback: [p50 > baseline + 30% for 1m]
stages:
  - {name: tenth, weight: 10%, duration: 3m, criteria: [error rate < 5%, p50 < 100ms]}
  - {name: half, weight: 50%, duration: 5m, criteria: [error rate < 5%, p50 < 100ms, system stable]}
"""
BAD = ((60, 0.0, 1.0), (180, 0.1, 1.0), (120, 0.5, 1.0), (180, 0.5, 2.0))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plan.yaml").write_text(PLAN)
    return tmp_path


@pytest.fixture
def write(folder):
    def written(*parts, name="access.log", began_s=BEGAN_S):
        content = past_log(began_s, parts)
        (folder / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)

    return written


def backtest(*words, code=0):
    done = CliRunner().invoke(main, ["backtest", "plan.yaml", *map(str, words)])
    assert done.exit_code == code, done.output
    return " ".join(done.output.split())


def test_a_bad_release_is_found_in_the_second_in_which_it_was_bad_for_long_enough(write, folder):
    write(*BAD)
    said = backtest("--log", "access.log", "--start", "2026-01-08T15:01", code=10)
    answer = (
        "The gate would have caught it at 2026-01-08 14:07:00 UTC, 3 min into stage half, "
        "by `p50 > baseline + 30% for 1m`."
    )
    assert answer in said
    assert "left out, because a log does not show them: system stable" in said
    directory = RunDirectory.open(folder / "reports/latest")
    assert directory.path.name == "20260108T140100Z-plan-backtest"
    assert directory.run["source"] == "past_log"
    assert "The gate would have caught it at 2026-01-08 14:07:00 UTC" in " ".join(
        re.sub(r"<[^>]+>", " ", (directory.path / "report.html").read_text()).split()
    )


@pytest.mark.parametrize(("status", "where"), [(302, "another address"), (304, "what the client has stored")])
def test_a_canary_that_redirects_everybody_does_not_pass(write, folder, status, where):
    write((60, 0.0, 1.0), (180, 0.1, 1.0), (120, 0.5, 1.0), (180, 0.5, 1.0))
    log = folder / "access.log"
    lines = [
        line.replace(b'"status":200', b'"status":%d' % status) if b"10.0.0.7" in line else line
        for line in log.read_bytes().splitlines(keepends=True)
    ]
    log.write_bytes(b"".join(lines))
    said = backtest("--log", "access.log", "--start", BEGAN_S + 60, code=11)
    assert f"100% of the canary's GET /api/tasks/{{id}} requests were redirected to {where}" in said


def test_the_same_log_gives_the_same_verdict_in_any_number_of_files(write, folder):
    write(*BAD)
    backtest("--start", BEGAN_S + 60, code=10)
    whole = (folder / "reports/latest/verdict.json").read_bytes()
    lines = (folder / "access.log").read_bytes().splitlines(keepends=True)
    (folder / "access.log.1").write_bytes(b"".join(lines[9000:]))
    (folder / "access.log.2.gz").write_bytes(gzip.compress(b"".join(lines[:9000])))
    backtest("--log", "access.log.1", "access.log.2.gz", "--start", BEGAN_S + 60, code=10)
    assert (folder / "reports/latest/verdict.json").read_bytes() == whole


def test_a_good_release_passes_and_can_neither_go_live_nor_be_rolled_back(write):
    write((60, 0.0, 1.0), (180, 0.1, 1.0), (300, 0.5, 1.0))
    said = backtest("--start", BEGAN_S + 60)
    assert "The gate would not have caught anything: every stage passed." in said
    live = CliRunner().invoke(main, ["golive", "reports/latest", "--sign", "Ada"])
    assert live.exit_code != 0
    assert "a backtest: nothing was released" in live.output
    back = CliRunner().invoke(main, ["rollback", "reports/latest", "--yes"])
    assert back.exit_code == 10
    assert "this run is a backtest" in back.output


def test_the_stages_are_found_by_the_weights_in_the_log(write):
    write(*BAD)
    said = backtest("--stage-times", "log", code=10)
    assert "stage tenth: 2 min 50 s from 2026-01-08 15:01:01+0100 (14:01:01 UTC)" in said
    assert "2026-01-08 14:07:01 UTC, 3 min into stage half" in said


def test_a_stage_that_did_not_happen_is_left_out_by_naming_the_others(write):
    write(*BAD)
    said = backtest("--stage-times", f"half={BEGAN_S + 240}", code=10)
    assert "stage tenth" not in said
    assert "3 min into stage half" in said


def test_a_weight_that_was_another_is_invalid(write):
    write((700, 0.3, 1.0))
    assert "after stage tenth: it was invalid" in backtest("--start", BEGAN_S, code=13)


def test_a_log_that_ends_within_a_stage_is_invalid(write):
    write((60, 0.0, 1.0), (100, 0.1, 1.0))
    assert "the log ends at 2026-01-08 14:02:" in backtest("--start", BEGAN_S + 60, code=13)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ((), "write --start TIME, or --stage-times"),
        (("--start", "yesterday"), "`yesterday` is not a time; write for example 2026-01-08T14:00"),
        (("--start", "2026-01-08T16:00"), "the log ends at 2026-01-08 15:08:59+0100"),
        (("--start", "2026-01-08T14:20"), "the log begins at 2026-01-08 15:00:00+0100 (14:00:00 UTC)"),
        (("--stage-times", "first=12"), "write `log`, a run directory, or NAME=TIME with one of tenth, half"),
        (("--stage-times", "tenth=9", "--stage-times", "half=8"), "stage half begins before tenth, which"),
        (("--log", "nothing.log", "--start", "1"), "nothing.log: cannot be read (no such file"),
        (
            ("--log", "plan.yaml", "--start", "1"),
            "as `format: nginx-json`; the first is: service",
        ),
    ],
)
def test_what_does_not_fit_is_said_before_anything_is_made(write, folder, words, reason):
    write(*BAD)
    assert reason in backtest(*words, code=2)
    assert not (folder / "reports").exists()


@pytest.mark.real
def test_a_backtest_of_a_live_run_finds_the_same_at_the_same_second(folder):
    text = (
        PLAN.replace("10s, warmup: 20s", "500ms, warmup: 500ms")
        .replace("for 1m", "for 2s")
        .replace("    timezone: Europe/Berlin\n", "    settle: 1s\n")
    )
    live_plan = re.sub(r"stages:.*", "", text, flags=re.DOTALL) + (
        "stages:\n  - {name: half, weight: 50%, duration: 30s, interval: 500ms, "
        "criteria: [error rate < 5%, p50 < 100ms]}\n"
    )
    with WritingRouter(folder / "access.log", slower=2.0).running():
        done, live, directory = run(folder, "run", plan=live_plan)
    assert live["outcome"] == "fail", done.stdout + done.stderr
    (folder / "plan.yaml").write_text(live_plan)
    directory = directory.resolve()
    said = backtest("--stage-times", directory, code=10)
    past_directory = RunDirectory.open(folder / "reports/latest")
    past = json.loads((past_directory.path / "verdict.json").read_text())

    def late(run_directory):
        probes = RunDirectory.open(run_directory).probes().records
        return [(each.lines, each.late, each.astray) for each in probes if isinstance(each, LogProbe)]

    def fired(verdict):
        (stage,) = verdict["stages"]
        (finding,) = [each for each in stage["findings"] if each["kind"] == "trigger"]
        return finding["id"], finding["decided_at_s"], finding["observed"], finding["n"]

    assert fired(past) == fired(live), (late(past_directory.path), late(directory))
    assert "into stage half, by `p50 > baseline + 30% for 2s`" in said
