"""`make bench`: generators side by side in one run on this machine, and how accurate our open loop is.

Every tool runs for a short and a longer time against one fast target; the difference of the two is its
steady state, free of start-up and reports. Tools take turns, every second round in reverse order, so that a
machine that gets slower favours none. Ratios are those of the same round, with their 95 % interval.
"""

import argparse
import json
import os
import platform
import tempfile
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from harness.record.histograms.histogram import Histogram
from harness.record.histograms.hlog import read_hlog
from harness.record.histograms.tag import LATENESS_SENT, Kind
from tests.benchmarks.ratio import ratio_of
from tests.benchmarks.target import fast_target
from tests.benchmarks.tools import gate, measured, tools

SHORT_S, LONG_S = 2, 7
WARMUP_S = 1
QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "p99.9": 0.999}
RATES = (6800, 20_000)
STEP = 5000
# A rate is held when this share of it was sent and answered.
HELD = 0.995


def main():
    """Run everything, print the tables, write them to reports/bench/."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--out", type=Path, default=Path("reports/bench"))
    options.add_argument("--closed-only", action="store_true", help="leave the open loop out")
    chosen = options.parse_args()
    console = Console()
    with tempfile.TemporaryDirectory() as name, fast_target(Path(name)) as (url, target):
        directory = Path(name)
        figures = {
            "machine": {"cpus": os.cpu_count(), "platform": platform.platform()},
            "target": target,
            "rounds": chosen.rounds,
            "closed_loop": {
                m: closed_loop(url, directory, m, chosen.rounds, console) for m in ("GET", "POST")
            },
            "open_loop": []
            if chosen.closed_only
            else [
                open_loop(url, directory, rate, chosen.rounds, console)
                for rate in (*RATES, highest_held(url, directory, console))
            ],
        }
    tables = [
        *(closed_table(m, rows) for m, rows in figures["closed_loop"].items()),
        open_table(figures["open_loop"]),
    ]
    chosen.out.mkdir(parents=True, exist_ok=True)
    (chosen.out / "bench.json").write_text(json.dumps(figures, indent=1))
    with (chosen.out / "bench.txt").open("w") as file:
        for out in (console, Console(file=file, width=110)):
            out.print(f"target: {target}; medians of {chosen.rounds} rounds")
            out.print(f"not installed here: {', '.join(missing(url, directory)) or 'none'}")
            out.print(*tables)
    console.print(f"written to {chosen.out}/")


def closed_loop(url, directory, method, rounds, console):
    """Return the steady requests per second and CPU µs per request of every tool in every round."""
    present = [tool for tool in tools(url, directory, method) if tool.here]
    rounds_of = {tool.name: {"per_s": [], "cpu_us": []} for tool in present}
    for number in range(rounds):
        for tool in present if number % 2 == 0 else reversed(present):
            console.print(f"{method} round {number + 1}/{rounds}: {tool.name}", style="dim")
            counts, cpus = [], []
            for seconds in (SHORT_S, LONG_S):
                out, cpu_s = measured(tool.command(seconds), directory, method)
                counts.append(tool.count(out))
                cpus.append(cpu_s)
            requests = counts[1] - counts[0]
            rounds_of[tool.name]["per_s"].append(requests / (LONG_S - SHORT_S))
            rounds_of[tool.name]["cpu_us"].append((cpus[1] - cpus[0]) / requests * 1e6)
    return rounds_of


def missing(url, directory):
    """Return the names of the tools that are not installed."""
    return [tool.name for tool in tools(url, directory, "GET") if not tool.here]


def open_loop(url, directory, rate, rounds, console):
    """Return how well a planned rate was kept: the median of the rounds for each figure."""
    results = []
    for number in range(rounds):
        console.print(f"open loop {rate:,}/s round {number + 1}/{rounds}", style="dim")
        results.append(paced(url, directory, rate))
    return {key: median(result[key] for result in results) for key in results[0]}


def highest_held(url, directory, console):
    """Return the last rate that is held on the way up, in steps of 5,000/s."""
    rate = RATES[-1]
    while True:
        console.print(f"open loop: is {rate + STEP:,}/s held?", style="dim")
        if paced(url, directory, rate + STEP)["achieved"] < HELD:
            return rate
        rate += STEP


def paced(url, directory, rate):
    """Run one round at a planned rate; return its figures."""
    measured(gate(url, directory, LONG_S, rate, 512), directory, "GET")
    return accuracy(directory / "reports" / "latest", rate)


def accuracy(run, rate):
    """Read one run: the share achieved, lateness and response percentiles in µs, CPU of the generator."""
    lines = list(read_hlog(next((run / "stages").glob("*.hlog"))))
    # The plan's warm-up of a second, in which all connections are opened, is not judged either.
    begun_s = min(line.start_s for line in lines)
    lines = [line for line in lines if line.start_s > begun_s + WARMUP_S - 0.01]
    lateness = Histogram.merge(line.histogram for line in lines if line.tag == LATENESS_SENT)
    response = Histogram.merge(line.histogram for line in lines if line.tag.kind == Kind.RESPONSE)
    probes = [json.loads(line) for line in (run / "probes.jsonl").read_text().splitlines()]
    cpu = median(probe["cpu"] for probe in probes if probe["kind"] == "generator")
    figures = {"rate_per_s": rate, "achieved": response.total / (rate * (LONG_S - WARMUP_S)), "cpu": cpu}
    for name, histogram in (("lateness", lateness), ("response", response)):
        figures |= {f"{name}_{q}_us": histogram.quantile_us(p) for q, p in QUANTILES.items()}
    return figures


def closed_table(method, rows):
    """Return the comparison of one kind of request as a table."""
    columns = ("tool", "req/s", "CPU µs a request", "ours ÷ it, req/s", "it ÷ ours, CPU")
    table = Table(*columns, title=f"closed loop, {method}, one process")
    ours = rows["ours"]
    for name, row in rows.items():
        faster, cheaper = ratio_of(ours["per_s"], row["per_s"]), ratio_of(row["cpu_us"], ours["cpu_us"])
        figures = f"{median(row['per_s']):,.0f}", f"{median(row['cpu_us']):.1f}"
        table.add_row(name, *figures, *(("", "") if row is ours else (str(faster), str(cheaper))))
    return table


def open_table(rows):
    """Return the accuracy of the open loop as a table."""
    title = f"open loop, GET, one process; µs at {' / '.join(QUANTILES)}"
    table = Table("planned", "achieved", "lateness", "response", "CPU", title=title)
    for row in rows:
        values = [
            "/".join(f"{row[f'{kind}_{q}_us']:,.0f}" for q in QUANTILES) for kind in ("lateness", "response")
        ]
        table.add_row(f"{row['rate_per_s']:,}/s", f"{row['achieved']:.2%}", *values, f"{row['cpu']:.0%}")
    return table


if __name__ == "__main__":
    main()
