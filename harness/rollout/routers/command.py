"""A router that is set by a command: docker compose, kubectl, a service mesh's own tool."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from harness.plan.model import Command
from harness.plan.variant import Shares
from harness.rollout.command import release_environment, run_command
from harness.rollout.routers.router import RouterError


class CommandRouter:
    """Runs the command for every split; only the traffic shows whether it took effect."""

    def __init__(self, command: Command) -> None:
        self._command = command

    def steps(self) -> Sequence[str]:
        """Return the command."""
        return (f"run {shlex.join(self._command.command)}",)

    def set_shares(self, stage: str, shares: Shares) -> None:
        """Run the command with the weights in its environment."""
        ran = run_command(self._command, release_environment(stage, shares))
        if ran.problem is not None:
            what = " ".join(self._command.command)
            raise RouterError(f"`{what}`: {ran.problem}. {ran.output[-300:]}".strip())

    def verify(self) -> Shares | None:
        """Return None: a command cannot be asked."""
        return None
