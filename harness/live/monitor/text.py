"""A status of the monitored service as text: a line of at most 80 columns, or JSON."""

from __future__ import annotations

import json
from dataclasses import asdict

from harness.live.monitor.service_status import ServiceStatus
from harness.plan.levels import Level
from harness.report.wording import latency, share, size

MAX_COLUMNS = 80
COLOURS = {Level.OK: "green", Level.WARNING: "yellow", Level.UNKNOWN: "yellow", Level.CRITICAL: "red"}


def line_of(status: ServiceStatus, clock_text: str) -> str:
    """Return one line for people."""
    took = latency(None if status.latency_s is None else status.latency_s * 1e6)
    cpu, memory = share(status.cpu), size(status.memory_bytes)
    state = "?" if status.healthy is None else "up" if status.healthy else "DOWN"
    what = status.trigger or "; ".join(status.reasons)
    text = f"{clock_text} {status.level:<8} {state:<4} {took:>9} cpu {cpu:>6} mem {memory:>8} {what}"
    return text.rstrip() if len(text) <= MAX_COLUMNS else f"{text[: MAX_COLUMNS - 1]}…"


def json_of(status: ServiceStatus) -> str:
    """Return one line for programs."""
    fields = {**asdict(status), "seen": sorted(status.seen)}
    return json.dumps({"t_s": round(fields.pop("at_s"), 3), **fields})
