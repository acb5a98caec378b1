"""`.ci/run`: a test that needed a second try is named, and one that fails twice is red."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAKE = f"""#!/bin/sh
[ "$1" = test ] || exit 0
exec {sys.executable} -m pytest
"""
MAIN_JOB = """#!/bin/sh
mkdir -p reports/latest
for name in verdict.json report.html; do echo > reports/latest/$name; done
"""
NOT_ROOT = "#!/bin/sh\necho 1000\n"
TESTS = """
from pathlib import Path

def test_good():
    pass

def test_moody():
    tries = Path("tries")
    tries.write_text(tries.read_text() + "x" if tries.exists() else "x")
    assert len(tries.read_text()) >= {passes_at}
"""


def program(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def run(tmp_path):
    """Run the script in a small project whose one moody test passes at some try."""

    def run(passes_at):
        (tmp_path / ".ci").mkdir()
        shutil.copy(ROOT / ".ci/run", tmp_path / ".ci/run")
        program(tmp_path / "bin/make", MAKE)
        program(tmp_path / "bin/id", NOT_ROOT)
        program(tmp_path / ".venv/bin/locust", MAIN_JOB)
        program(tmp_path / ".venv/bin/python", f'#!/bin/sh\nexec {sys.executable} "$@"\n')
        (tmp_path / "pytest.ini").write_text("[pytest]\n")
        (tmp_path / "test_small.py").write_text(TESTS.format(passes_at=passes_at))
        environment = {
            **os.environ,
            "PATH": f"{tmp_path}/bin:{os.environ['PATH']}",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        }
        done = subprocess.run(
            [tmp_path / ".ci/run"], env=environment, capture_output=True, text=True, check=False
        )
        named = [line for line in done.stdout.splitlines() if line.startswith("needed a second try")]
        return done.returncode, named

    return run


def test_a_green_run_names_nothing(run):
    assert run(passes_at=1) == (0, [])


def test_a_test_that_needed_a_second_try_is_named_and_green(run):
    assert run(passes_at=2) == (0, ["needed a second try: test_small.py::test_moody"])


def test_a_test_that_fails_twice_is_named_and_red(run):
    assert run(passes_at=3) == (1, ["needed a second try: test_small.py::test_moody"])
