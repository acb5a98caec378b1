"""How a look of the monitor is shown: a line of at most 80 columns, or JSON."""

from __future__ import annotations

import json

from harness.live.monitor.monitor import Look
from harness.plan.levels import Level

WIDTH = 80
COLOURS = {Level.OK: "green", Level.WARNING: "yellow", Level.CRITICAL: "red"}


def line_of(look: Look, clock_text: str) -> str:
    """Return one line for people."""
    latency = "–" if look.latency_s is None else f"{look.latency_s * 1000:.1f} ms"
    cpu = "–" if look.cpu is None else f"{look.cpu:.0%}"
    memory = "–" if look.memory_bytes is None else f"{look.memory_bytes / 1e6:,.0f} MB"
    state = "up" if look.healthy else "DOWN"
    what = look.trigger or "; ".join(look.reasons)
    text = f"{clock_text} {look.level:<8} {state:<4} {latency:>9}  cpu {cpu:>4}  mem {memory:>8}  {what}"
    return text.rstrip() if len(text) <= WIDTH else f"{text[: WIDTH - 1]}…"


def json_of(look: Look) -> str:
    """Return one line for machines."""
    return json.dumps(
        {
            "t_s": round(look.at_s, 3),
            "level": look.level,
            "healthy": look.healthy,
            "latency_s": look.latency_s,
            "cpu": look.cpu,
            "memory_bytes": look.memory_bytes,
            "alerts": look.alerts,
            "reasons": look.reasons,
            "trigger": look.trigger,
        }
    )
