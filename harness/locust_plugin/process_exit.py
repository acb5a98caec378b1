"""The end of a process that runs a plan: its very last act reads the run directory and exits with that code.

Until then any listener, plug-in or atexit handler may write Locust's `process_exit_code`, raise `SystemExit`
or call `os._exit`. The shell sees none of their codes, only that of the run directory.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import threading
from collections.abc import Callable
from typing import NoReturn

from harness.process.standard_streams import drain_streams
from harness.record.run_directory import RunDirectory
from harness.rollout.exit_code import ExitCode


class ProcessExit:
    """Decides the exit code of this process; a process forked from it ends as it likes."""

    def __init__(self) -> None:
        self._pid = os.getpid()
        self._end_process = os._exit
        self._run: RunDirectory | None = None
        self._refusal = ExitCode.INVALID
        self._conclude: Callable[[], None] = lambda: None

    def take_over(self) -> None:
        """Make this the only way the process ends, apart from a signal that kills it."""
        # Registered with `atexit`, this would end the process before earlier handlers have run. The list of
        # `threading` comes before all of them.
        threading._register_atexit(self._last_act)  # type: ignore[attr-defined] # typeshed leaves it out
        os._exit = self._exit_now  # type: ignore[assignment] # positional everywhere

    def refuse(self, code: ExitCode) -> None:
        """Note why nothing was started: the code of a process without a run directory."""
        self._refusal = code

    def belong_to(self, run: RunDirectory) -> None:
        """Take the code from this run directory."""
        self._run = run

    def after(self, conclude: Callable[[], None]) -> None:
        """Call this before the process ends, whatever ends it: it brings an unfinished run to its verdict."""
        self._conclude = conclude

    def code(self) -> ExitCode:
        """Return the code as the run directory has it now."""
        return self._refusal if self._run is None else ExitCode.of_directory(self._run)

    def abandon(self) -> NoReturn:
        """End the process at once, from any thread: nothing else of it can be waited for."""
        self._end_process(self.code())

    def _last_act(self) -> None:
        if os.getpid() != self._pid:
            return
        try:
            self._conclude()
            atexit._run_exitfuncs()
        finally:
            self._exit_now(0)

    def _exit_now(self, asked_for: int) -> NoReturn:
        if os.getpid() != self._pid:
            self._end_process(asked_for)
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                stream.flush()
        drain_streams()
        self._end_process(self.code())
