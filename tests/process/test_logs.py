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
logging.getLogger().addHandler(logging.StreamHandler(sys.stdout))
logging.error("one")
logging.getLogger("harness").addFilter(lambda record: 1 / 0)
logging.getLogger("harness").error("two")
print("went on")
"""


def test_a_handler_or_filter_that_raises_breaks_nobody_and_is_reported_once():
    done = subprocess.run([sys.executable, "-c", _LOGS], capture_output=True, text=True, check=True)
    assert done.stdout == "one\nwent on\n"
    assert done.stderr.splitlines() == ["a log handler failed and its line is lost: RuntimeError: no disk"]
