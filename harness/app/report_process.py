"""Writes a run's report in a process of its own: plotting would take time and memory of this one."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable
from typing import IO

from harness.process.child import command_of, environment_without
from harness.process.view_guard import ViewGuard
from harness.record.run_directory import RunDirectory

REPORT_WITHIN_S = 300.0
_SLACK_S = 5.0
_MAX_REASON_LENGTH = 500
_LOOK_EVERY_S = 0.05


class ReportError(Exception):
    """The report was not written; the text says why."""


def write_report_as_view(
    views: ViewGuard, run: RunDirectory, is_unwanted: Callable[[], bool] = lambda: False
) -> None:
    """Write the report of a run; where that fails, the run goes on."""
    # The process of the report has a time limit of its own, which says more.
    views.call("the report", write_report_in_child, run, is_unwanted, within_s=REPORT_WITHIN_S + _SLACK_S)


def write_report_in_child(run: RunDirectory, is_unwanted: Callable[[], bool] = lambda: False) -> None:
    """Write the report of a run, within five minutes or until it is unwanted; raises ReportError."""
    ends_s = time.monotonic() + REPORT_WITHIN_S
    with tempfile.TemporaryFile() as said, _started(run, said) as process:
        try:
            while process.poll() is None and not is_unwanted():
                if time.monotonic() > ends_s:
                    raise ReportError(f"it was not written within {REPORT_WITHIN_S:g} s")
                time.sleep(_LOOK_EVERY_S)
        finally:
            is_ended = process.poll() is not None
            process.kill()
        if is_ended and process.returncode != 0:
            said.seek(0)
            text = said.read().decode(errors="replace").strip()
            raise ReportError(text[-_MAX_REASON_LENGTH:] or f"exit code {process.returncode}")


def _started(run: RunDirectory, said: IO[bytes]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            # The process that waits for it still holds the lock of the run.
            command_of("harness", "report", str(run.path), "--so-far"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
            env=environment_without(run.overrides.secret_variables),
            # A signal to the whole group is for the run, which decides what becomes of its report.
            start_new_session=True,
        )
    except OSError as error:
        raise ReportError(str(error)) from None
