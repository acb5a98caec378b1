"""A parent knows the run directory of its child, and of no other process."""

import subprocess
import sys
import time
from pathlib import Path

from harness.process.announcement import Announcement

CHILD = """
import sys
import time
from pathlib import Path
from harness.process.announcement import announce
announce(Path("reports/schön"), int(sys.argv[2]))
"""


def test_the_directory_a_child_announced_is_known_to_its_parent():
    with Announcement.expected() as announced:
        command = [sys.executable, "-c", CHILD, *announced.options]
        subprocess.run(command, pass_fds=[announced.child_fd], check=True)
        assert announced.path() == Path("reports/schön")


def test_a_child_that_announced_nothing_has_no_directory():
    with Announcement.expected() as announced:
        assert announced.path() is None


def test_a_child_is_at_the_end_of_its_input_when_its_parent_dies(tmp_path):
    parent = (
        "import subprocess, sys, os\n"
        "from harness.process.announcement import Announcement\n"
        "with Announcement.expected() as announced:\n"
        '    code = \'import os, sys; os.read(int(sys.argv[1]), 1); open(sys.argv[2], "w").write("end")\'\n'
        "    fd = announced.child_fd\n"
        "    child = [sys.executable, '-c', code, str(fd), sys.argv[1]]\n"
        "    subprocess.Popen(child, pass_fds=[fd])\n"
        "    os._exit(9)\n"
    )
    told = tmp_path / "told"
    subprocess.run([sys.executable, "-c", parent, told], check=False)
    ends_s = time.monotonic() + 20
    while not (told.exists() and told.read_text()) and time.monotonic() < ends_s:
        time.sleep(0.02)
    assert told.read_text() == "end"
