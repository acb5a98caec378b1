"""Damage to the files of a run directory: a torn disk, a careless copy, a hand that edits."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from harness.app.judging import write_verdict
from harness.judge.outcome import Outcome
from harness.record.run_directory import RunDirectory, RunError
from harness.report.across_runs.runs import list_runs, runs_as_json
from tests.app.mutations import KINDS, damaged, paths, replace_by
from tests.campaign.fault import Fault, Seen, Truth
from tests.judge.directory import write_run
from tests.judge.simulator import lognormal, plan_of, simulate

Damage = Callable[[Path, random.Random], object]


def draw(chance: random.Random) -> Fault:
    """Choose a run whose outcome is known and damage one of its files."""
    is_good = chance.random() < 0.5
    name, damage, is_loss = chance.choice(_DAMAGES)
    seed = chance.randrange(1 << 30)

    def play() -> Seen:
        with tempfile.TemporaryDirectory() as root:
            directory = shutil.copytree(_original(is_good), Path(root) / "reports" / "run")
            damage(directory, random.Random(seed))
            return _look(directory)

    return Fault(f"{'a pass' if is_good else 'a fail'}: {name}", _truth(is_good, is_loss), play)


def _truth(is_good: bool, is_loss: bool) -> Truth:
    """Whatever happens to its record, a bad canary does not pass; a record that is lost accuses nobody."""
    if not is_good:
        return Truth.BAD
    return Truth.GOOD if is_loss else Truth.OPEN


def _look(directory: Path) -> Seen:
    """Do with a run directory what the verbs do."""
    runs_as_json(list_runs(directory.parent))
    try:
        verdict = write_verdict(RunDirectory.open(directory))
    except (RunError, OSError) as refusal:
        return Seen(Outcome.INVALID, said=str(refusal))
    return Seen(verdict.outcome, said=verdict.reason)


@cache
def _original(is_good: bool) -> Path:
    plan = plan_of(
        ["p95 < 150ms", "error rate < 5%", "throughput > 10/s"],
        duration="40s",
        rate="100/s",
        probes={"health": "/health", "metrics": "/metrics", "interval": "5s"},
    )
    canary = lognormal() if is_good else lognormal(scale=10)
    root = Path(tempfile.mkdtemp(prefix="campaign-"))
    run = write_run(root, plan, simulate(plan, canary=canary))
    outcome = write_verdict(run).outcome
    if outcome is not (Outcome.PASS if is_good else Outcome.FAIL):
        raise AssertionError(f"the run that is damaged came to {outcome}")
    return run.path


def _one(directory: Path, chance: random.Random) -> Path:
    return chance.choice(paths(directory))


def _value(directory: Path, chance: random.Random) -> None:
    path = _one(directory, chance)
    path.write_text(damaged(path.read_text(), chance), errors="surrogatepass")


def _gone(directory: Path, chance: random.Random) -> None:
    _one(directory, chance).unlink()


def _torn(directory: Path, chance: random.Random) -> None:
    path = _one(directory, chance)
    os.truncate(path, chance.randrange(path.stat().st_size))


def _flipped(directory: Path, chance: random.Random) -> None:
    path = _one(directory, chance)
    content = bytearray(path.read_bytes())
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


def _zeroed(directory: Path, chance: random.Random) -> None:
    path = _one(directory, chance)
    content = path.read_bytes()
    start = chance.randrange(len(content))
    end = min(len(content), start + 512)
    path.write_bytes(content[:start] + bytes(end - start) + content[end:])


def _lines(change: Callable[[list[str], random.Random], list[str]]) -> Damage:
    def damage(directory: Path, chance: random.Random) -> None:
        path = _one(directory, chance)
        path.write_text("".join(change(path.read_text().splitlines(keepends=True), chance)))

    return damage


def _some_left_out(lines: list[str], chance: random.Random) -> list[str]:
    start = chance.randrange(len(lines))
    return lines[:start] + lines[start + chance.randrange(1, 40) :]


def _some_twice(lines: list[str], chance: random.Random) -> list[str]:
    start = chance.randrange(len(lines))
    end = start + chance.randrange(1, 40)
    return lines[:end] + lines[start:end] + lines[end:]


def _shuffled(lines: list[str], chance: random.Random) -> list[str]:
    return chance.sample(lines, len(lines))


def _replaced(directory: Path, chance: random.Random) -> None:
    elsewhere = directory.parent / "elsewhere"
    elsewhere.write_text("password")
    replace_by(chance.choice(KINDS), _one(directory, chance), elsewhere)


def _without_canary(directory: Path, chance: random.Random) -> None:
    for path in directory.glob("stages/*"):
        lines = path.read_text().splitlines(keepends=True)
        path.write_text(
            "".join(line for line in lines if not line.startswith("Tag=canary") or chance.random() < 0.5)
        )


_DAMAGES: tuple[tuple[str, Damage, bool], ...] = (
    ("a value changed", _value, False),
    ("a file is gone", _gone, True),
    ("a file is torn", _torn, True),
    ("a bit is flipped", _flipped, False),
    ("a sector is zero", _zeroed, True),
    ("lines are left out", _lines(_some_left_out), True),
    ("lines are there twice", _lines(_some_twice), True),
    ("lines are out of order", _lines(_shuffled), False),
    ("something else is in a file's place", _replaced, True),
    ("half of the canary's histograms are gone", _without_canary, True),
)
