"""A parent knows the run directory of its child, and of no other process."""

import subprocess
import sys
from pathlib import Path

from harness.process.announcement import Announcement

CHILD = """
import sys
from pathlib import Path
from harness.process.announcement import announce
announce(Path("reports/schön"), int(sys.argv[2]))
"""


def test_the_directory_a_child_announced_is_known_to_its_parent():
    with Announcement.expected() as announced:
        command = [sys.executable, "-c", CHILD, *announced.options]
        subprocess.run(command, pass_fds=[announced.write_fd], check=True)
        assert announced.path() == Path("reports/schön")


def test_a_child_that_announced_nothing_has_no_directory():
    with Announcement.expected() as announced:
        assert announced.path() is None
