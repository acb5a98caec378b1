"""Tests judge results: never the speed of the machine they run on, nor how the suite was started."""

import os
import signal
import sys

import pytest
from hypothesis import HealthCheck, settings

# Each run of the suite draws other examples, so many runs see many; a test that needs more asks for them.
settings.register_profile(
    "unhurried", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("unhurried")

# Under nohup, SIGHUP is ignored in this process and in every child that a test starts.
signal.signal(signal.SIGHUP, signal.SIG_DFL)

# Compiled modules are kept whatever this shell says: a run starts seven processes, and each would compile the
# package again, which is a fifth of what the run costs.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the pages whose commands are typed, the longest tests: no worker ends with one alone."""
    items.sort(key=lambda item: item.path.name != "test_commands.py")
