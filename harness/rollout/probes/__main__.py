"""The process that probes: `python -m harness.rollout.probes RUN`, started by a run alone.

What to ask comes as the first line of standard input, for it may hold secrets, which no list of processes
shows. It says `ready` when the first round is about to be asked, and ends when its standard input is closed,
which happens at the latest when the process that started it dies.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

from harness.client.access import Access
from harness.client.http import async_clients_of
from harness.plan.model import Probes
from harness.process.main_loop import on_parent_end, run_child, tell_ready
from harness.record.run_directory import RunDirectory
from harness.rollout.probes.questions import ProbeTargets, questions_of
from harness.rollout.probes.rounds import ask_in_rounds


async def probe(run: RunDirectory, probes: Probes, asked: ProbeTargets, t0_s: float) -> None:
    """Probe until standard input is closed."""

    def clock() -> float:
        return time.perf_counter() - t0_s

    ended = asyncio.Event()
    on_parent_end(ended.set)
    async with async_clients_of(asked.ways, probes.timeout_s) as clients:
        tell_ready()
        questions = questions_of(probes, asked, clock)
        await ask_in_rounds(questions, clients, probes.interval_s, clock, run.append_probe, ended)


def main(path: str) -> None:
    """Read what to ask from the run's plan and from the settings."""
    run, settings = RunDirectory.open(path), json.loads(sys.stdin.readline())
    probes = run.plan.probes
    if probes is not None:
        accesses = {name: Access.from_document(each) for name, each in settings["accesses"].items()}
        asked = ProbeTargets(settings["urls"], settings["variant_header"], accesses, settings["instances"])
        asyncio.run(probe(run, probes, asked, settings["t0_s"]))


if __name__ == "__main__":
    run_child("probes", main)
