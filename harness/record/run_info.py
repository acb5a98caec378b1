"""The facts `run.json` keeps about a run: plan, software and machine; no user and no host names."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib import metadata
from typing import TYPE_CHECKING, Any, Final

from harness.record.evidence_source import EvidenceSource

if TYPE_CHECKING:
    from harness.plan.model import Plan
    from harness.plan.overrides.values import Overrides

SCHEMA: Final = 1
"""Number of the layout of a run directory; raised when older readers would misunderstand it."""
_PACKAGES: Final = ("locust", "gevent", "numpy", "scipy", "hdrhistogram", "uvloop")


def run_info(
    plan: Plan,
    plan_name: str,
    epoch_s: float,
    time_scale: float = 1.0,
    stages: Sequence[str] = (),
    source: EvidenceSource = EvidenceSource.LOAD,
    overrides: Overrides | None = None,
    release: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Compose the content of `run.json`; `epoch_s` is the wall clock at t = 0, `stages` the selection.

    The plan's secrets and the values of their variables are `***`.
    """
    return {
        "schema": SCHEMA,
        "source": source,
        "plan_name": plan_name,
        "plan": plan.to_document(),
        "release": dict(release or {}),
        "stages": list(stages),
        "time_scale": time_scale,
        "set": [str(value) for value in overrides.values] if overrides else [],
        "variables": None if overrides is None or overrides.variables is None else dict(overrides.variables),
        "epoch_s": epoch_s,
        "started": datetime.fromtimestamp(epoch_s, UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "versions": _versions(),
        "machine": {
            "cpus": os.cpu_count(),
            "platform": platform.platform(),
            "architecture": platform.machine(),
        },
    }


def _versions() -> Mapping[str, str]:
    packages = {"harness": "canary-harness", **{name: name for name in _PACKAGES}}
    return {"python": platform.python_version(), **{k: _version(v) for k, v in packages.items()}}


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "unknown"
