"""Facts about users that get ready, held where gevent has patched the process."""

import subprocess
import sys
from pathlib import Path

_RUN = "import sys, locust, pytest; sys.exit(pytest.main(sys.argv[1:]))"


def test_users_get_ready_or_are_named():
    child = Path(__file__).with_name("start_up_child.py")
    options = ["-q", "-W", "default", "-p", "no:cacheprovider", str(child)]
    done = subprocess.run(
        [sys.executable, "-c", _RUN, *options], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
