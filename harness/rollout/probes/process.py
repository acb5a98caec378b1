"""Starts the probing process of a run."""

from __future__ import annotations

import json

from harness.judge.notices import Notice
from harness.process.child import Child
from harness.record.run_directory import RunDirectory
from harness.rollout.probes.questions import ProbeTargets


class ProbingProcess:
    """The probing process of a run. It writes into the run directory, and has no notices."""

    def __init__(self, child: Child) -> None:
        self.until_ready, self.problem, self.stop = child.until_ready, child.problem, child.stop

    def notices(self) -> tuple[Notice, ...]:
        """Return nothing."""
        return ()


def start_probing(run: RunDirectory, asked: ProbeTargets, t0_s: float) -> ProbingProcess:
    """Start to probe; it is ready when the first round is about to be asked.

    `asked` has the secrets, which the run directory does not keep. `t0_s` is the reading of
    `time.perf_counter` at t = 0 of the run: one clock for the whole machine.
    """
    settings = {
        "urls": dict(asked.urls),
        "instances": dict(asked.instances),
        "variant_header": asked.variant_header,
        "accesses": {name: access.to_document() for name, access in asked.accesses.items()},
        "t0_s": t0_s,
    }
    hidden, line = run.overrides.secret_variables, json.dumps(settings)
    return ProbingProcess(
        Child.launch("harness.rollout.probes", str(run.path), first_line=line, hidden=hidden)
    )
