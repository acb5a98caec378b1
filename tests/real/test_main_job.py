"""The main job through the real command: exit codes and files as a user sees them."""

import csv
import os
import signal
import socket

import psutil
import pytest

from harness.rollout.exit_code import ExitCode
from tests.ports import free_port
from tests.real.runs import finish, harness, plan, run, start, wait_for, wait_for_load

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def passed(tmp_path_factory):
    """One good run that several facts are read from."""
    directory = tmp_path_factory.mktemp("passed")
    text = plan(criteria="[throughput > 10/s, error rate < 10%]")
    return directory, run(directory, text, "--csv", "locust")


def test_a_good_canary_passes_with_exit_code_0_and_a_report(passed):
    _, result = passed
    assert result.code == 0, result.err
    assert result.verdict["outcome"] == "pass"
    assert [stage["name"] for stage in result.verdict["stages"]] == ["one", "two"]
    assert (result.path / "report.html").stat().st_size > 10_000
    assert "pass" in result.out


def test_every_arrival_is_accounted_for(passed):
    _, result = passed
    for finished, due in zip(result.event("stage_finished"), (420, 240), strict=True):
        assert finished["due"] == due
        assert finished["completed"] + finished["failed"] + finished["dropped"] + finished["open"] == due


def test_the_split_is_exact(passed):
    _, result = passed
    assert result.event("stage_finished")[0]["by_variant"]["canary"]["due"] == 105
    assert result.verdict["stages"][0]["requests"] == {"baseline": 315, "canary": 105}


def test_locusts_own_statistics_count_the_same_requests(passed):
    directory, result = passed
    with (directory / "locust_stats.csv").open() as file:
        (total,) = [row for row in csv.DictReader(file) if row["Name"] == "Aggregated"]
    ours = sum(sum(stage["requests"].values()) for stage in result.verdict["stages"])
    assert int(total["Request Count"]) == ours == 660


def test_judging_again_gives_the_same_bytes(passed):
    directory, result = passed
    before = (result.path / "verdict.json").read_bytes()
    assert harness(directory, "judge", "reports/latest").returncode == 0
    assert (result.path / "verdict.json").read_bytes() == before


def test_a_failing_canary_stops_the_rollout_with_exit_code_10(tmp_path):
    broken = plan("{embedded: {canary: {errors: 30%}}}", criteria="[error rate < 1%]")
    result = run(tmp_path, broken)
    assert result.code == ExitCode.FAIL
    assert result.finding("error rate < 1%")["outcome"] == "fail"
    assert result.verdict["not_run"] == ["two"]


def test_a_canary_that_refuses_connections_from_mid_stage_on_fails_without_a_hang(tmp_path):
    gone = plan("{embedded: {canary: {refuse: 3s}}}", duration="6s", criteria="[error rate < 1%]")
    result = run(tmp_path, gone)
    assert result.code == ExitCode.FAIL
    assert "Traceback" not in result.out + result.err
    assert any("refused" in event["kind"] for event in result.event("errors"))


def test_targets_that_do_not_answer_are_one_clear_line_before_any_load(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        result = run(tmp_path, plan(f"{{baseline: {url}, canary: {url}}}"))
    assert result.code == ExitCode.INVALID
    assert [line for line in result.err.splitlines() if line.startswith("error: ")] == [
        line for line in result.err.splitlines() if url in line
    ]
    assert not list((tmp_path / "reports").glob("latest/stages/*"))
    assert result.verdict["outcome"] == "invalid"


def test_five_mistakes_in_a_plan_are_five_lines_and_exit_code_2(tmp_path):
    text = plan().replace("service: test", "servce: test").replace("seed: 7", "seed: seven")
    text = text.replace("weight: 25%", "weight: 25").replace("200/s", "200").replace("> 10/s", "> 10 apples")
    result = run(tmp_path, text)
    assert result.code == ExitCode.BAD_USAGE
    lines = [line for line in result.err.splitlines() if line.startswith("plan.yaml:")]
    assert len(lines) >= 5
    assert all(line.split(":")[1].isdigit() for line in lines)
    assert "Traceback" not in result.err
    assert result.path is None


def test_kill_9_leaves_a_readable_directory_that_does_not_pass(tmp_path):
    process = start(tmp_path, plan(duration="21s"))
    wait_for_load(process, tmp_path)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    judged = harness(tmp_path, "judge", "reports/latest")
    assert judged.returncode == ExitCode.INVALID
    assert "Traceback" not in judged.stderr
    assert harness(tmp_path, "report", "reports/latest").returncode == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_keeps_its_evidence_and_ends_with_130(tmp_path, number):
    process = start(tmp_path, plan(duration="60s"))
    wait_for_load(process, tmp_path)
    process.send_signal(number)
    result = finish(process, tmp_path)
    assert result.code == ExitCode.INTERRUPTED
    assert result.verdict["outcome"] == "invalid"
    assert result.event("interrupted")
    assert (result.path / "report.html").exists()


def test_a_master_that_waits_for_its_workers_ends_when_it_is_told(tmp_path):
    (tmp_path / "key").write_text("a key that these machines share")
    alone = ("--master", "--expect-workers", "1", "--worker-key-file", "key")
    process = start(tmp_path, plan(), *alone, "--master-bind-port", str(free_port()))
    wait_for((tmp_path / "reports" / "latest" / "probes.jsonl").exists, process)
    process.send_signal(signal.SIGTERM)
    result = finish(process, tmp_path)
    assert result.code == ExitCode.INTERRUPTED
    assert result.verdict["outcome"] == "invalid"


def test_workers_together_send_exactly_the_plan(tmp_path):
    result = run(tmp_path, plan(), "--processes", "2")
    assert result.code == 0, result.out + result.err
    assert [finished["due"] for finished in result.event("stage_finished")] == [420, 240]
    assert result.verdict["stages"][0]["requests"] == {"baseline": 315, "canary": 105}
    assert not result.event("worker_lost")


def test_a_killed_worker_makes_the_run_invalid_with_the_reason(tmp_path):
    process = start(tmp_path, plan(duration="30s"), "--processes", "2")
    wait_for_load(process, tmp_path)
    workers = [child for child in psutil.Process(process.pid).children() if "--processes" in child.cmdline()]
    workers[0].kill()
    result = finish(process, tmp_path)
    assert result.code == ExitCode.INVALID
    assert result.verdict["outcome"] == "invalid"
    assert any("silent" in event["reason"] for event in result.event("worker_lost"))
