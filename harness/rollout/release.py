"""What changes who is served: deploy commands, the router's weight, and the way back."""

from __future__ import annotations

import time
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Protocol

from harness.plan.model import Command, Plan, Stage
from harness.rollout.hook import Ran, release_environment, run_command
from harness.rollout.routers.router import RouterError, SplitRouter, apply_weight

_NONE = Fraction(0)


class DeployFailed(Exception):
    """A stage could not be brought out; the text says why."""


class Tell(Protocol):
    """Takes an event."""

    def __call__(self, event: str, **fields: Any) -> None:
        """Write it down."""


class Release:
    """Brings out stages and takes them back, once.

    ``check_back`` says what is still wrong after the way back, from the traffic, or nothing.
    """

    def __init__(
        self,
        plan: Plan,
        router: SplitRouter | None,
        tell: Tell,
        check_back: Callable[[], str | None],
        sleep: Callable[[float], Any] = time.sleep,
    ) -> None:
        self._plan = plan
        self._router = router
        self._tell = tell
        self._check_back = check_back
        self._sleep = sleep
        self.is_out = False
        """Whether anything was brought out that the way back must undo."""

    def deploy(self, stage: Stage, unwanted: Callable[[], bool]) -> None:
        """Run the stage's deploy command and set its weight; raises DeployFailed.

        ``unwanted`` tells a running command that the run has ended meanwhile.
        """
        self.is_out = True
        if stage.deploy is not None:
            self._tell("deploy_started", stage=stage.name, command=list(stage.deploy.command))
            ran = self._run(stage.deploy, stage.name, stage.weight, unwanted)
            if ran.problem is not None:
                self._deploy_failed(stage, ran.problem, ran.output)
            self._tell("deploy_finished", stage=stage.name, took_s=round(ran.took_s, 3), output=ran.output)
        if self._router is not None:
            try:
                apply_weight(self._router, stage.name, stage.weight)
            except RouterError as error:
                self._deploy_failed(stage, str(error), "")
        self._tell("weight_set", stage=stage.name, weight=float(stage.weight))

    def roll_back(self, stage: str) -> list[str]:
        """Give all traffic back to the baseline; return what went wrong, each in one sentence."""
        problems = [*self._route_back(stage), *self._run_back(stage)]
        if not problems and (wrong := self._check_back()):
            problems.append(wrong)
        if not problems:
            self._tell("weight_set", stage=stage, weight=0.0)
        return problems

    def _route_back(self, stage: str) -> list[str]:
        if self._router is None:
            return []
        try:
            apply_weight(self._router, stage, _NONE)
        except RouterError as error:
            return [str(error)]
        return []

    def _run_back(self, stage: str) -> list[str]:
        if self._plan.deploy is None:
            return []
        ran = self._run(self._plan.deploy.rollback, stage, _NONE, lambda: False)
        return [] if ran.problem is None else [f"the rollback command: {ran.problem}. {ran.output}".strip()]

    def _run(self, command: Command, stage: str, weight: Fraction, unwanted: Callable[[], bool]) -> Ran:
        return run_command(command, release_environment(stage, weight), unwanted, self._sleep)

    def _deploy_failed(self, stage: Stage, reason: str, output: str) -> None:
        self._tell("deploy_failed", stage=stage.name, reason=reason, output=output)
        raise DeployFailed(reason)
