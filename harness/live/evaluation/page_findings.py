"""What the judge would find if the stage ended now, worked out in the time between two looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from harness.judge.finding import Finding
from harness.judge.stage import judge_criteria
from harness.live.evaluation.messages import FindingsSoFar
from harness.live.evaluation.stage_evaluation import StageEvaluation

_MIN_PAUSE_S = 3.0
_REST = 500
"""Judging pauses this many times as long as it works, so it takes 0.2 % of a core from the load."""


class PageFindings:
    """Judges criterion by criterion, and stops when a look is due: findings so far decide nothing."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._stage: StageEvaluation | None = None
        self._left: Iterator[Finding] | None = None
        self._found: list[Finding] = []
        self._worked_s = 0.0
        self._next_s = clock() + _MIN_PAUSE_S

    def work(self, stage: StageEvaluation | None, until_s: float) -> FindingsSoFar | None:
        """Judge the stage under load until `until_s` of the clock; return the findings once complete."""
        if stage is not self._stage:
            self._stage, self._left = stage, None
        if stage is None or not stage.has_windows:
            return None
        if self._left is None and self._clock() < self._next_s:
            return None
        if self._left is None:
            self._left, self._found, self._worked_s = judge_criteria(stage.view), [], 0.0
        began_s = self._clock()
        is_complete = self._judge(self._left, until_s)
        self._worked_s += self._clock() - began_s
        if not is_complete:
            return None
        self._left = None
        self._next_s = self._clock() + max(_MIN_PAUSE_S, _REST * self._worked_s)
        return FindingsSoFar(stage.stage.name, stage.now_s, tuple(self._found))

    def _judge(self, left: Iterator[Finding], until_s: float) -> bool:
        while self._clock() < until_s:
            finding = next(left, None)
            if finding is None:
                return True
            self._found.append(finding)
        return False
