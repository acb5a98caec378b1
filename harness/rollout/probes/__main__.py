"""The process that probes: `python -m harness.rollout.probes RUN SETTINGS`, started by a run alone.

It says `ready` when the first round is about to be asked, and ends when its standard input is closed, which
happens at the latest when the process that started it dies.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

import httpx

from harness.plan.model import Probes
from harness.record.run_directory import RunDirectory
from harness.rollout.probes.questions import ProbeTargets, questions_of
from harness.rollout.probes.rounds import ask_in_rounds

_MAX_CONNECTIONS = 50


async def probe(run: RunDirectory, probes: Probes, asked: ProbeTargets, t0_s: float) -> None:
    """Probe until standard input is closed."""

    def clock() -> float:
        return time.perf_counter() - t0_s

    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), ended.set)
    limits = httpx.Limits(max_connections=_MAX_CONNECTIONS)
    async with httpx.AsyncClient(limits=limits, timeout=probes.timeout_s, trust_env=False) as client:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        questions = questions_of(probes, asked, clock)
        await ask_in_rounds(questions, client, probes.interval_s, clock, run.append_probe, ended)


def main(path: str, settings_text: str) -> None:
    """Read what to ask from the run's plan and from the settings."""
    run, settings = RunDirectory.open(path), json.loads(settings_text)
    probes = run.plan.probes
    if probes is not None:
        asyncio.run(
            probe(run, probes, ProbeTargets(settings["urls"], settings["variant_header"]), settings["t0_s"])
        )


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Exception as error:
        # Whatever it is, the run that watches this process needs one line and a code that is not 0.
        reasons = error.exceptions if isinstance(error, ExceptionGroup) else [error]
        sys.exit(f"probes: {'; '.join(f'{type(one).__name__}: {one}' for one in reasons)}")
