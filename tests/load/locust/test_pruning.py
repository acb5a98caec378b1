"""Locust's statistics stay small, and right."""

import subprocess
import sys
from pathlib import Path


def test_old_seconds_and_rows_are_forgotten_and_totals_kept():
    child = Path(__file__).with_name("pruning_child.py")
    done = subprocess.run([sys.executable, str(child)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
