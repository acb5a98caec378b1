"""Runs tests in a process of their own, because importing Locust patches the whole process."""

import subprocess
import sys
from pathlib import Path

_RUN = "import sys, locust, pytest; sys.exit(pytest.main(sys.argv[1:]))"


def run_tests_in_child(name):
    """Run the tests of a file at or below this folder; fails with their output."""
    file = Path(__file__).parent / name
    done = subprocess.run(
        [sys.executable, "-c", _RUN, "-q", "-W", "default", "-p", "no:cacheprovider", str(file)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
