"""A forked worker does not outlive the process that forked it."""

import subprocess
import sys

CHILD_WAITS = """
import os, time
from harness.locust_plugin.forked_worker import end_with_parent
if os.fork():
    os._exit(0)
end_with_parent()
time.sleep(60)
print("outlived its parent")
"""
ORPHAN = """
import os, time
if os.fork():
    os._exit(0)
from harness.locust_plugin.forked_worker import end_with_parent
end_with_parent()
time.sleep(1.5)
print("still there")
"""


def output_of(script):
    """Return what a script and its children write, once all of them have ended."""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True
    )
    return done.stdout


def test_a_worker_whose_parent_is_gone_ends():
    assert output_of(CHILD_WAITS) == ""


def test_a_worker_that_was_started_by_itself_outlives_its_starter():
    assert output_of(ORPHAN) == "still there\n"
