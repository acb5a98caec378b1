"""A run on real traffic, through the real command."""

import gzip
import itertools
import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.observe.writing_router import WritingRouter

pytestmark = pytest.mark.real

PLAN = """service: tasks
traffic:
  access_log:
    path: access.log
    format: nginx-json
    settle: 1s
    variant: {field: upstream_addr, baseline: ["10.0.0.5:8080"], canary: ["10.0.0.7:8080"]}
judge: {block: 500ms, warmup: 500ms}
stages:
  - {name: half, weight: 50%, duration: 6s, interval: 500ms, criteria: [error rate < 5%, p50 < 30ms]}
"""

# Who rolls back makes this file, and the router obeys it.
_TOUCH = [sys.executable, "-c", "open('back', 'w').close()"]
BACK = f"deploy: {{rollback: {{command: {json.dumps(_TOUCH)}}}}}\n"


def run(folder, *words, plan=PLAN):
    (folder / "plan.yaml").write_text(plan)
    done = subprocess.run(
        [sys.executable, "-P", "-m", "harness", *words, "plan.yaml"],
        cwd=folder,
        env={"PYTHONPATH": ":".join(sys.path), "PATH": "", "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    directory = folder / "reports" / "latest"
    verdict = json.loads((directory / "verdict.json").read_text())
    return done, verdict, directory


def counted_once(router, verdict, directory, edge_s=0.005):
    """Check that the verdict has what was written while the stage ran.

    A line at the very edge of the stage may lie on either side: the clocks' readings differ by less.
    """
    info = json.loads((directory / "run.json").read_text())
    events = [json.loads(line) for line in (directory / "events.jsonl").read_text().splitlines()]
    began_s = info["epoch_s"] + next(each["t_s"] for each in events if each["event"] == "stage_started")
    assert info["source"] == "access_log"
    for variant in ("baseline", "canary"):
        ended_s = [at_s - began_s for at_s, who in router.written if who == variant]
        surely = sum(edge_s <= at_s < 6 - edge_s for at_s in ended_s)
        perhaps = sum(-edge_s <= at_s < 6 + edge_s for at_s in ended_s)
        assert surely <= verdict["stages"][0]["requests"][variant] <= perhaps


@pytest.mark.parametrize("verb", ["run", "observe"])
def test_healthy_traffic_passes_and_every_request_is_counted_once(tmp_path, verb):
    with WritingRouter(tmp_path / "access.log").running() as router:
        done, verdict, directory = run(tmp_path, verb)
    assert done.returncode == 0, done.stdout + done.stderr
    counted_once(router, verdict, directory)
    assert "real traffic" in (directory / "report.html").read_text()


def test_a_log_that_rotates_all_the_time_is_counted_once(tmp_path):
    log, is_over = tmp_path / "access.log", threading.Event()

    def rotate():
        for number in itertools.count(1):
            # Now and then twice within the time between two looks, and compressed at once.
            if is_over.wait(0.02 if number % 3 else 0.5):
                return
            if log.exists():
                part = log.rename(log.with_suffix(f".log.{number}"))
                # The writer may have opened it before it was renamed.
                time.sleep(0.01)
                Path(f"{part}.gz").write_bytes(gzip.compress(part.read_bytes()))
                part.unlink()

    with WritingRouter(log).running() as router:
        rotation = threading.Thread(target=rotate)
        rotation.start()
        try:
            done, verdict, directory = run(tmp_path, "run")
        finally:
            is_over.set()
            rotation.join()
    assert done.returncode == 0, done.stdout + done.stderr
    counted_once(router, verdict, directory)


@pytest.mark.parametrize(("ahead_s", "reason"), [(30.0, "ahead of ours"), (-3600.0, "behind ours")])
def test_a_log_of_another_clock_is_invalid_and_says_so(tmp_path, ahead_s, reason):
    with WritingRouter(tmp_path / "access.log", ahead_s=ahead_s, rolled_back=tmp_path / "back").running():
        done, verdict, _ = run(tmp_path, "run", plan=PLAN + BACK)
    assert done.returncode == 13, done.stdout + done.stderr
    assert reason in verdict["reason"]


def events(directory):
    return [json.loads(line)["event"] for line in (directory / "events.jsonl").read_text().splitlines()]


def test_a_slow_canary_fails_and_after_the_rollback_it_gets_nothing(tmp_path):
    log, back = tmp_path / "access.log", tmp_path / "back"
    with WritingRouter(log, slower=3.0, rolled_back=back).running():
        done, verdict, directory = run(tmp_path, "run", plan=PLAN + BACK)
    assert done.returncode == 10, done.stdout + done.stderr
    assert "Stage half failed" in verdict["reason"]
    assert "rolled_back" in events(directory)
    assert "rollback_failed" not in events(directory)


def test_silence_is_never_a_pass(tmp_path):
    (tmp_path / "access.log").touch()
    done, verdict, _ = run(tmp_path, "run")
    assert done.returncode == 11, done.stdout + done.stderr
    assert verdict["outcome"] == "inconclusive"


def test_a_log_that_does_not_exist_is_named(tmp_path):
    done, verdict, _ = run(tmp_path, "run")
    assert done.returncode == 13, done.stdout + done.stderr
    assert "access.log does not exist" in verdict["reason"]


def test_a_weight_that_was_not_set_is_invalid(tmp_path):
    with WritingRouter(tmp_path / "access.log", weight=0.1).running():
        done, verdict, directory = run(tmp_path, "run")
    assert done.returncode == 13, done.stdout + done.stderr
    assert "set to 50%" in verdict["reason"]
    # Nothing rolls this router back either, and its log says so.
    assert "rollback_failed" in events(directory)
