"""The embedded service as a child process, for plans with `targets: embedded`."""

from __future__ import annotations

import json
import os
import select
import subprocess
from collections.abc import Mapping
from typing import Any

from harness.plan.model import Embedded
from harness.process.child import command_of, wait_or_kill

_READY_WITHIN_S = 30.0
_ENDS_WITHIN_S = 5.0


class ServiceError(Exception):
    """The embedded service did not start; the text says what to do."""


class EmbeddedService:
    """A running `harness demo`; `urls` are those of its variants, by name."""

    def __init__(self, process: Any, urls: Mapping[str, str]) -> None:
        self._process = process
        self.urls = urls

    @classmethod
    def start(cls, faults: Embedded, seed: int) -> EmbeddedService:
        """Start the variants on free ports and wait until they answer; raises ServiceError."""
        command = command_of("harness.demo", "--json", "--seed", str(seed))
        command += ["--end-with", str(os.getpid())]
        known = {"baseline": faults.baseline, "canary": faults.canary, "control": faults.control}
        started = {variant: fault for variant, fault in known.items() if fault is not None}
        for variant, fault in started.items():
            command += [f"--{variant}-port", "0"]
            for argument in fault.arguments():
                command += [f"--{variant}-fault", argument]
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            # Ctrl-C must reach only the run, which needs its service until it has drained.
            start_new_session=True,
        )
        assert process.stdout is not None  # asked for above
        ready, _, _ = select.select([process.stdout], [], [], _READY_WITHIN_S)
        try:
            urls = json.loads(process.stdout.readline() if ready else "")
            return cls(process, {variant: urls[variant] for variant in started})
        except (ValueError, KeyError):
            process.kill()
        raise ServiceError(
            f"the embedded service did not start within {_READY_WITHIN_S:.0f} s; `harness demo` shows why"
        )

    def stop(self) -> None:
        """Stop the variants."""
        self._process.terminate()
        wait_or_kill(self._process, _ENDS_WITHIN_S)
        self._process.stdout.close()
