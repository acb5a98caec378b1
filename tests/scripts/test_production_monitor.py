"""The guide's `python3 scripts/production_monitor.py` is `harness monitor`."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts/production_monitor.py"


def test_the_guides_words_watch_the_service_and_end_with_the_monitors_code(tmp_path):
    words = [SCRIPT, "--duration", "0.05", "--interval", "1", "--url", "http://127.0.0.1:9"]
    done = subprocess.run(
        [sys.executable, *words, "--runs", tmp_path],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 10, done.stderr
    assert "DOWN" in done.stdout
    assert (tmp_path / "monitor/latest/run.json").is_file()


def test_where_the_gate_is_not_installed_it_says_how_to_install_it(tmp_path):
    copy = tmp_path / "scripts/production_monitor.py"
    copy.parent.mkdir()
    copy.write_text(SCRIPT.read_text())
    # Without site-packages this Python has no gate, as the one of a fresh machine.
    done = subprocess.run([sys.executable, "-I", "-S", copy], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == (
        "error: canary-harness is not installed; `pip install .` installs it from this checkout\n"
    )
