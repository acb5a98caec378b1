"""Writes a run's report in a process of its own: plotting would take time and memory of this one."""

from __future__ import annotations

import subprocess

from harness.process.child import command_of
from harness.record.run_directory import RunDirectory

REPORT_WITHIN_S = 300.0
_MAX_REASON_LENGTH = 500


class ReportError(Exception):
    """The report was not written; the text says why."""


def write_report_in_child(run: RunDirectory) -> None:
    """Write the report of a run, within five minutes; raises ReportError."""
    try:
        done = subprocess.run(
            command_of("harness", "report", str(run.path)),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=REPORT_WITHIN_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ReportError(str(error)) from None
    if done.returncode != 0:
        raise ReportError(done.stderr.strip()[-_MAX_REASON_LENGTH:] or f"exit code {done.returncode}")
