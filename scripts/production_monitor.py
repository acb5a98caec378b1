#!/usr/bin/env python3
"""The guide's monitor, `harness monitor` with the same options; it runs with any Python of the machine."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

_BAD_USAGE = 2
_VENV_PYTHON = Path(__file__).resolve().parents[1] / ".venv/bin/python"


def _python() -> str:
    """Return a Python that has the gate: this one, or that of the checkout's virtual environment."""
    # A checkout on PYTHONPATH is not enough: its libraries belong to the gate as well.
    if all(find_spec(name) is not None for name in ("harness", "locust")):
        return sys.executable
    if _VENV_PYTHON.exists():
        return str(_VENV_PYTHON)
    sys.stderr.write(
        "error: canary-harness is not installed; `pip install .` installs it from this checkout\n"
    )
    sys.exit(_BAD_USAGE)


if __name__ == "__main__":
    python = _python()
    # In place of this process: signals and the exit code are the monitor's own.
    os.execv(python, [python, "-P", "-m", "harness", "monitor", *sys.argv[1:]])  # noqa: S606 - no shell is wanted
