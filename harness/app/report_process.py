"""Writes a run's report in a process of its own: plotting would take time and memory of this one."""

from __future__ import annotations

import subprocess

from harness.process.child import command_of
from harness.record.run_directory import RunDirectory

_WITHIN_S = 300
_MAX_REASON_LENGTH = 500


def write_report_in_child(run: RunDirectory) -> str | None:
    """Write the report of a run; return what went wrong, None when it was written."""
    try:
        done = subprocess.run(
            command_of("harness", "report", str(run.path)),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_WITHIN_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode == 0:
        return None
    return done.stderr.strip()[-_MAX_REASON_LENGTH:] or f"exit code {done.returncode}"
