"""Ends runs at random moments by a signal and checks what is left of each.

`python -m tests.campaign.kills --n 200 --seed 1` prints a table and exits with 1 when a promise was broken.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from harness.app.judging import judge_directory
from harness.judge.outcome import Outcome
from harness.record.run_directory import RunDirectory
from tests.real.runs import ROOT

ENDS_WITHIN_S = 60.0
ORPHANS_END_WITHIN_S = 5.0
INTERVAL_S = 0.5
MARK = "HARNESS_CAMPAIGN_RUN"
SIGNALS = (signal.SIGKILL, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT, signal.SIGTERM)
AT = ("parent", "child", "group")
PLAN = """
service: kills
targets: embedded
load: {{arrival_rate: 100/s, max_in_flight: 64, timeout: 2s}}
judge: {{block: 500ms, warmup: 500ms}}
generator: {{lateness_p99: 5s, cpu: 100%, achieved: 50%}}
deploy: {{rollback: {{command: ["{script}", back]}}}}
stages:
  - name: half
    weight: 50%
    duration: 4s
    interval: 500ms
    deploy: {{command: ["{script}", go]}}
    criteria: [throughput > 10/s]
"""
SCRIPT = """#!/bin/sh
echo $1 >> {log}
sleep 0.5 & wait
"""


@dataclass(frozen=True)
class Kill:
    """One try: the signal, who gets it, and how long after the start."""

    number: signal.Signals
    at: str
    after_s: float

    def __str__(self):
        return f"{self.number.name} to {self.at} after {self.after_s:.2f} s"


@dataclass(frozen=True)
class Left:
    """What a try left behind; `broken` names the promises that it broke."""

    kill: Kill
    broken: tuple[str, ...]
    is_over_before: bool
    end_of_output: str


def kills(seed, n, longest_s):
    """Yield the tries of a seed."""
    chance = random.Random(seed)
    for _ in range(n):
        yield Kill(chance.choice(SIGNALS), chance.choice(AT), chance.uniform(0.0, longest_s))


def carry_out(kill, directory, within_s=ORPHANS_END_WITHIN_S):
    """Start a run in a directory of its own, kill it, and look at what is left."""
    log, mark = directory / "deploys.log", str(directory)
    script = directory / "deploy.sh"
    script.write_text(SCRIPT.format(log=log))
    script.chmod(0o755)
    (directory / "plan.yaml").write_text(PLAN.format(script=script))
    with (directory / "out").open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "harness", "run", "plan.yaml", "-f", ROOT / "loadtests", "--headless"],
            cwd=directory,
            env={**os.environ, "PYTHONPATH": str(ROOT), MARK: mark},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    time.sleep(kill.after_s)
    killed_s, has_ended = time.time(), process.poll() is not None
    if not has_ended:
        _send(kill, process)
    try:
        code = process.wait(ENDS_WITHIN_S)
    except subprocess.TimeoutExpired:
        code = None
    is_over = has_ended or _is_judged(directory, killed_s)
    # Also of a run that is over: its report may still be written.
    orphans = _orphans_later(str(directory), within_s)
    broken = [f"orphans after {within_s:g} s: {orphans}"] if orphans else []
    if not is_over:
        broken += _broken(kill, directory, code, killed_s)
    return Left(kill, tuple(broken), is_over, (directory / "out").read_text(errors="replace")[-2000:])


def _is_judged(directory, before_s):
    """Whether the outcome was known: what is written after it, such as the report, does not change it."""
    verdict = directory / "reports" / "latest" / "verdict.json"
    return verdict.exists() and verdict.stat().st_mtime < before_s


def _send(kill, process):
    children = [pid for pid in _children(process.pid) if kill.at == "child"]
    if kill.at == "group":
        os.killpg(process.pid, kill.number)
    else:
        os.kill((children or [process.pid])[0], kill.number)


def _broken(kill, directory, code, killed_s):
    deploys = directory / "deploys.log"
    if code is None:
        yield "hangs"
    if "Traceback" in (directory / "out").read_text(errors="replace"):
        yield "traceback"
    is_all_dead = kill.number is signal.SIGKILL and kill.at == "group"
    if deploys.exists() and not is_all_dead and deploys.read_text().split()[-1] != "back":
        yield "traffic not given back"
    latest = directory / "reports" / "latest"
    if not latest.exists():
        if code == 0:
            yield "passes without a run directory"
        return
    yield from _of_directory(kill, RunDirectory.open(latest.resolve()), code, killed_s)


def _of_directory(kill, run, code, killed_s):
    try:
        outcome = judge_directory(run).outcome
    except Exception as error:
        yield f"unreadable: {type(error).__name__}: {error}"
        return
    if code == 0 or (outcome is Outcome.PASS and code != 130 and kill.number is not signal.SIGKILL):
        yield f"passes: code {code}, {outcome}"
    events = [json.loads(line) for line in (run.path / "events.jsonl").read_text().splitlines() if line]
    started = [event for event in events if event["event"] == "stage_started"]
    if started and not [event for event in events if event["event"] == "stage_finished"]:
        under_load_s = killed_s - run.run["epoch_s"] - started[0]["t_s"]
        kept_s = INTERVAL_S * (run.path / "stages" / "01-half.hlog").read_text().count("lateness.hub")
        # An interval that goes on, and the moment until it is written.
        if under_load_s - kept_s > 2 * INTERVAL_S + 0.5:
            yield f"lost {under_load_s - kept_s:.2f} s of evidence"


def _children(pid):
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _orphans_later(mark, within_s):
    ends_s = time.monotonic() + within_s
    while (left := _orphans(mark)) and time.monotonic() < ends_s:
        time.sleep(0.1)
    return left


def _orphans(mark):
    """Return the commands of the processes that belong to a try."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"{MARK}={mark}\0".encode() in (folder / "environ").read_bytes() + b"\0":
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                if command:
                    found.append(command[-60:].strip())
        except OSError:
            continue
    return found


def main():
    """Try and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--longest", type=float, default=20.0, help="the latest moment, in seconds")
    options = parser.parse_args()
    # Under `nohup` or in a script's background this process ignores some, and so would every run it starts.
    for number in (signal.SIGHUP, signal.SIGQUIT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    counts, broken = Counter(), 0
    for kill in kills(options.seed, options.n, options.longest):
        with tempfile.TemporaryDirectory(prefix="kills-") as name:
            left = carry_out(kill, Path(name))
        counts["over before" if left.is_over_before else kill.number.name] += 1
        if left.broken:
            broken += 1
            sys.stdout.write(f"{kill}: {'; '.join(left.broken)}\n{left.end_of_output}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{options.n} tries, {dict(counts)}: {broken} broke a promise\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
