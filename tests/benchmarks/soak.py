"""A long run at a low rate against a service that is restarted: does anything grow?

`python -m tests.benchmarks.soak --minutes 60 --rate 500 --restart-every 600` runs one stage against nginx and
looks at every process of the run from outside (memory, files, sockets, threads), and into the generator
(objects, greenlets, garbage collections). It prints what each grows by in a minute, with its 95 % interval,
and ends with 1 where a memory grows by more than 0.05 MB a minute for sure.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from tests.benchmarks.slope import slope_of
from tests.benchmarks.target import restartable
from tests.benchmarks.tools import gate

SAMPLE_EVERY_S = 5
# Until then caches fill and histograms widen.
SETTLED_AFTER_S = 300
MAX_MEMORY_MB_PER_MIN = 0.05
USERS = 100
# As long as those of a real plan: each one may leave something with those who show and judge it.
WINDOW = "10s"


def main():
    """Soak, print the table, write it to reports/soak/."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--minutes", type=float, default=60)
    options.add_argument("--rate", type=int, default=500)
    options.add_argument("--restart-every", type=float, default=600, metavar="SECONDS")
    options.add_argument("--out", type=Path, default=Path("reports/soak"))
    chosen = options.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        series, finished, written_bytes = soak(Path(name), chosen)
    settled_s = min(SETTLED_AFTER_S, chosen.minutes * 60 / 4)
    rows = {
        # The stage begins some seconds after the first sample, so it goes on until then.
        key: [(at_s, value) for at_s, value in samples if settled_s <= at_s <= chosen.minutes * 60]
        for key, samples in series.items()
    }
    (chosen.out / "soak.json").write_text(json.dumps({"|".join(key): of for key, of in series.items()}))
    with (chosen.out / "soak.txt").open("w") as file:
        for out in (Console(), Console(file=file, width=110)):
            out.print(f"{finished}; the run directory has {written_bytes / 1e6:.1f} MB")
            out.print(table(rows))
    sys.exit(any(grows(kind, samples) for (_, kind), samples in rows.items()))


def soak(directory, chosen):
    """Run it; return the samples by process and kind, how its arrivals ended, and the size of its records."""
    inside = directory / "inside.jsonl"
    inside.touch()
    with restartable(directory) as (url, restart):
        command = gate(url, directory, chosen.minutes * 60, chosen.rate, USERS, "soak", WINDOW)
        environment = {**os.environ, "SOAK_LOG": str(inside)}
        with (directory / "out.txt").open("w") as out:
            process = subprocess.Popen(command, cwd=directory, stdout=out, stderr=out, env=environment)
        try:
            began_s = time.monotonic()
            outside = watched(process, began_s, restart, chosen.restart_every)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait(30)
    series = dict(outside)
    for look in map(json.loads, inside.read_text().splitlines()):
        at_s = look.pop("at_s") - began_s
        for kind, value in look.items():
            series.setdefault(("generator, inside", kind), []).append((at_s, value))
    run = directory / "reports" / "latest"
    events = map(json.loads, (run / "events.jsonl").read_text().splitlines())
    ends = next((each for each in events if each["event"] == "stage_finished"), {})
    ways = {way: ends.get(way) for way in ("due", "completed", "failed", "dropped", "open")}
    return series, ways, sum(file.stat().st_size for file in run.resolve().rglob("*") if file.is_file())


def watched(process, began_s, restart, restart_every_s):
    """Sample every process of the run until it ends, and restart the service now and then."""
    series = {}
    next_restart_s = restart_every_s
    while process.poll() is None:
        time.sleep(SAMPLE_EVERY_S)
        at_s = time.monotonic() - began_s
        if at_s >= next_restart_s:
            restart()
            next_restart_s += restart_every_s
        for name, kind, value in looks(process.pid):
            series.setdefault((name, kind), []).append((at_s, value))
    return series


def looks(pid):
    """Yield name, kind and value of what each process of a run holds."""
    with suppress(psutil.Error, OSError):
        root = psutil.Process(pid)
        for each in (root, *root.children(recursive=True)):
            with suppress(psutil.Error, OSError):
                name = "generator" if each.pid == pid else module_of(each.cmdline())
                held = [str(file.readlink()) for file in Path(f"/proc/{each.pid}/fd").iterdir()]
                sockets = sum(to.startswith("socket:") for to in held)
                yield name, "memory, MB", each.memory_info().rss / 1e6
                yield name, "files", len(held) - sockets
                yield name, "sockets", sockets
                yield name, "threads", each.num_threads()


def module_of(command):
    """Return what a process runs: the module after `-m`, or the program."""
    return next((word for flag, word in pairwise(command) if flag == "-m"), Path(command[0]).name)


def grows(kind, samples):
    """Whether memory certainly grows by more than is allowed."""
    slope = slope_of(samples)
    return (
        kind.startswith("memory")
        and slope is not None
        and slope.per_min - slope.margin > MAX_MEMORY_MB_PER_MIN
    )


def table(rows):
    """Return the slopes as a table."""
    shown = Table("process", "what", "first", "last", "a minute", title="after it has settled")
    for (name, kind), samples in sorted(rows.items()):
        slope = slope_of(samples)
        if slope is not None:
            shown.add_row(name, kind, f"{samples[0][1]:.1f}", f"{samples[-1][1]:.1f}", str(slope))
    return shown


if __name__ == "__main__":
    main()
