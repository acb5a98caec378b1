"""Where run directories are kept."""

from __future__ import annotations

from pathlib import Path
from typing import Final

RUNS_ROOT: Final = Path("reports")
"""Relative to the folder in which a command is called, unless an option or a variable says otherwise."""
RUNS_VARIABLE: Final = "HARNESS_RUNS"
