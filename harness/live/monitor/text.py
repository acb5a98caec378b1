"""A status of the monitored service as text: a line of at most 80 columns, or JSON."""

from __future__ import annotations

import json
from dataclasses import asdict

from harness.live.monitor.service_status import ServiceStatus
from harness.plan.levels import Level

MAX_COLUMNS = 80
COLOURS = {Level.OK: "green", Level.WARNING: "yellow", Level.UNKNOWN: "yellow", Level.CRITICAL: "red"}


def line_of(status: ServiceStatus, clock_text: str) -> str:
    """Return one line for people."""
    latency = "–" if status.latency_s is None else f"{status.latency_s * 1000:.1f} ms"
    cpu = "–" if status.cpu is None else f"{status.cpu:.0%}"
    memory = "–" if status.memory_bytes is None else f"{status.memory_bytes / 1e6:,.0f} MB"
    state = "?" if status.healthy is None else "up" if status.healthy else "DOWN"
    what = status.trigger or "; ".join(status.reasons)
    text = f"{clock_text} {status.level:<8} {state:<4} {latency:>9}  cpu {cpu:>4}  mem {memory:>8}  {what}"
    return text.rstrip() if len(text) <= MAX_COLUMNS else f"{text[: MAX_COLUMNS - 1]}…"


def json_of(status: ServiceStatus) -> str:
    """Return one line for programs."""
    fields = {**asdict(status), "seen": sorted(status.seen)}
    return json.dumps({"t_s": round(fields.pop("at_s"), 3), **fields})
