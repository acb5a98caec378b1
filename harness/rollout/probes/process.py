"""Starts the probing process of a run."""

from __future__ import annotations

import json
from dataclasses import asdict

from harness.judge.notices import Notice
from harness.plan.client.secrets import texts_of
from harness.plan.model import Plan
from harness.process.child import Child
from harness.record.run_directory import RunDirectory
from harness.rollout.probes.questions import ProbeTargets


class ProbingProcess:
    """The probing process of a run. It writes into the run directory, and has no notices."""

    def __init__(self, child: Child) -> None:
        self.problem, self.stop = child.problem, child.stop

    def notices(self) -> tuple[Notice, ...]:
        """Return nothing."""
        return ()


def start_probing(run: RunDirectory, plan: Plan, asked: ProbeTargets, t0_s: float) -> ProbingProcess:
    """Start probing and wait until the first round is about to be asked; raises ChildError.

    `plan` has the secrets, which the run directory does not keep. `t0_s` is the reading of
    `time.perf_counter` at t = 0 of the run: one clock for the whole machine.
    """
    server = plan.probes.prometheus if plan.probes is not None else None
    settings = {
        "urls": dict(asked.urls),
        "instances": dict(asked.instances),
        "variant_header": asked.variant_header,
        "tls": asdict(asked.tls) if asked.tls is not None else None,
        "headers": dict(asked.headers),
        "prometheus_headers": texts_of(server.headers) if server is not None else {},
        "t0_s": t0_s,
    }
    return ProbingProcess(
        Child.start("harness.rollout.probes", str(run.path), first_line=json.dumps(settings))
    )
