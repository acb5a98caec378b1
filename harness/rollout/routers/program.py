"""The program of a router that a run starts."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from harness.rollout.routers.router import RouterError


@dataclass(frozen=True)
class Program:
    """A program by its name, and the command that installs it."""

    name: str
    install: str

    def path(self) -> str:
        """Return where it is, beside Python or on the `PATH`; raises RouterError with what to do."""
        beside_python = Path(sys.executable).parent / self.name
        found = str(beside_python) if beside_python.exists() else shutil.which(self.name)
        if found is None:
            raise RouterError(f"{self.name} is not installed; try `{self.install}`")
        return found
