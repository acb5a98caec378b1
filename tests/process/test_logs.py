import logging
import subprocess
import sys

_LOGS = """
import logging, sys
from harness.process.logs import use_unfailing_logs
use_unfailing_logs()
class Breaks(logging.Handler):
    def emit(self, record):
        raise RuntimeError("no disk")
logging.getLogger().addHandler(Breaks())
logging.error("one")
logging.getLogger("harness").error("two")
print("went on")
"""


def test_a_handler_that_raises_breaks_nobody_and_is_reported_once():
    done = subprocess.run([sys.executable, "-c", _LOGS], capture_output=True, text=True, check=True)
    assert done.stdout == "went on\n"
    assert done.stderr.splitlines() == [
        "a handler of the log failed, and what it should write is lost: RuntimeError: no disk"
    ]


def test_importing_it_changes_nothing():
    assert logging.Logger.callHandlers.__module__ == "logging"
