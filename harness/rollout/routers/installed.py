"""Finds the program of a router."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from harness.rollout.routers.router import RouterError


def installed(name: str, advice: str) -> str:
    """Return the path of a program, beside Python or on the `PATH`; raises RouterError with the advice."""
    beside_python = Path(sys.executable).parent / name
    found = str(beside_python) if beside_python.exists() else shutil.which(name)
    if found is None:
        raise RouterError(f"{name} is not installed; try `{advice}`")
    return found
