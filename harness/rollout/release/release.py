"""What changes who is served: deploy commands, the router's weight, and the rollback."""

from __future__ import annotations

import time
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Any, Protocol

from harness.plan.model import Command, Stage
from harness.plan.variant import Shares, shares_of
from harness.record.events.release import (
    DeployFailed,
    DeployFinished,
    DeployStarted,
    RollbackFailed,
    RolledBack,
    WeightSet,
)
from harness.record.run_directory import RunDirectory
from harness.rollout.command import CommandResult, release_environment, run_command
from harness.rollout.event_log import EventLog
from harness.rollout.history import first_bad_s
from harness.rollout.routers.router import RouterError, SplitRouter, apply_shares

Sleep = Callable[[float], Any]


class DeployError(Exception):
    """A stage could not be deployed; the text says why."""


class ReleaseSteps(Protocol):
    """What a rollout does about who is served."""

    is_out: bool
    """Whether there is anything to roll back."""

    def deploy(self, stage: Stage, is_unwanted: Callable[[], bool], sleep: Sleep = ...) -> None:
        """Put a stage's version and weight in place; raises DeployError."""

    def roll_back(self, stage: Stage, reason: str, sleep: Sleep = ...) -> list[str]:
        """Give all traffic back to the baseline; return what went wrong, each problem in one sentence."""


class Release:
    """Deploys stages and rolls them back.

    `check_rollback` checks the traffic after a rollback and returns what is still wrong, None for nothing.
    """

    def __init__(
        self,
        run: RunDirectory,
        log: EventLog,
        router: SplitRouter | None,
        check_rollback: Callable[[], str | None],
    ) -> None:
        self._run = run
        self._log = log
        self._router = router
        self._check_rollback = check_rollback
        self.is_out = False
        """Whether there is anything to roll back."""

    def deploy(self, stage: Stage, is_unwanted: Callable[[], bool], sleep: Sleep = time.sleep) -> None:
        """Run the stage's deploy command and set its weight; raises DeployError.

        A command that still runs is ended when `is_unwanted` says that the run has ended.
        """
        self.is_out = True
        if stage.deploy is not None:
            self._log(
                DeployStarted(t_s=self._log.now_s(), stage=stage.name, command=tuple(stage.deploy.command))
            )
            ran = _run(stage.deploy, stage, self._run.plan.shares_of(stage), sleep, is_unwanted)
            if ran.problem is not None:
                self._fail(stage, ran.problem, ran.output)
            took_s = round(ran.took_s, 3)
            self._log(
                DeployFinished(t_s=self._log.now_s(), stage=stage.name, took_s=took_s, output=ran.output)
            )
        if problem := _problem_of(partial(self._set_shares, stage, self._run.plan.shares_of(stage))):
            self._fail(stage, problem, "")
        self._log(WeightSet(t_s=self._log.now_s(), stage=stage.name, weight=float(stage.weight)))

    def roll_back(self, stage: Stage, reason: str, sleep: Sleep = time.sleep) -> list[str]:
        """Give all traffic back to the baseline; return what went wrong, each problem in one sentence."""
        began_s = self._log.now_s()
        steps = (
            partial(self._set_shares, stage, self._all_to_the_baseline),
            partial(self._undo, stage, sleep),
        )
        problems = [problem for step in steps if (problem := _problem_of(step))]
        if not problems and (wrong := _problem_of(self._check_rollback)):
            problems.append(wrong)
        now_s, bad_s = self._log.now_s(), first_bad_s(self._run, stage)
        about: dict[str, Any] = {
            "t_s": now_s,
            "stage": stage.name,
            "reason": reason,
            "took_s": round(now_s - began_s, 3),
            "after_first_bad_s": None if bad_s is None else round(now_s - bad_s, 3),
        }
        if problems:
            self._log(RollbackFailed(**about, problems=tuple(problems)))
        else:
            self._log(WeightSet(t_s=now_s, stage=stage.name, weight=0.0))
            self._log(RolledBack(**about))
        return problems

    @property
    def _all_to_the_baseline(self) -> Shares:
        return shares_of(Fraction(0), self._run.plan.variants)

    def _set_shares(self, stage: Stage, shares: Shares) -> str | None:
        if self._router is not None:
            apply_shares(self._router, stage.name, shares)
        return None

    def _undo(self, stage: Stage, sleep: Sleep) -> str | None:
        hooks = self._run.plan.deploy
        if hooks is None:
            return None
        ran = _run(hooks.rollback, stage, self._all_to_the_baseline, sleep, lambda: False)
        return None if ran.problem is None else f"the rollback command: {ran.problem}. {ran.output}".strip()

    def _fail(self, stage: Stage, reason: str, output: str) -> None:
        self._log(DeployFailed(t_s=self._log.now_s(), stage=stage.name, reason=reason, output=output))
        raise DeployError(reason)


def _problem_of(step: Callable[[], str | None]) -> str | None:
    """Take a step of a release; whatever it raises is its problem, and the next step is taken too."""
    try:
        return step()
    except RouterError as error:
        return str(error)
    except Exception as error:  # a router or a check may fail in ways its author did not think of
        return f"{type(error).__name__}: {error}"


def _run(
    command: Command, stage: Stage, shares: Shares, sleep: Sleep, is_unwanted: Callable[[], bool]
) -> CommandResult:
    return run_command(command, release_environment(stage.name, shares), is_unwanted, sleep)
