"""The states of a rollout and the steps between them."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum


class State(StrEnum):
    """A state of a rollout."""

    PREFLIGHT = "preflight"
    DEPLOYING = "deploying"
    WARMING = "warming"
    MEASURING = "measuring"
    DRAINING = "draining"
    JUDGING = "judging"
    JUDGED = "judged"
    WAITING = "waiting"
    PROMOTED = "promoted"
    HELD = "held"
    ROLLING_BACK = "rolling back"
    ROLLED_BACK = "rolled back"
    ROLLBACK_FAILED = "rollback failed"
    DECLARED = "declared"


_NEXT = {
    State.PREFLIGHT: {State.DEPLOYING},
    State.DEPLOYING: {State.WARMING},
    State.WARMING: {State.MEASURING, State.DRAINING},
    State.MEASURING: {State.DRAINING},
    State.DRAINING: {State.JUDGING},
    State.JUDGING: {State.JUDGED},
    State.JUDGED: {State.PROMOTED, State.HELD, State.WARMING, State.WAITING},
    State.WAITING: {State.PROMOTED, State.WARMING},
    State.PROMOTED: {State.DEPLOYING, State.DECLARED},
    State.ROLLING_BACK: {State.ROLLED_BACK, State.ROLLBACK_FAILED},
}
# A trigger, a signal or a crash may come in any state; a signal after the declaration as well.
_FINAL = {State.HELD, State.ROLLED_BACK, State.ROLLBACK_FAILED}
_FROM_ANYWHERE = {State.HELD, State.ROLLING_BACK}


class ImpossibleStep(Exception):
    """A step that no transition allows: a mistake in the controller."""


class StateMachine:
    """The state of one rollout; `on_step` is called with every new state and the reason for it."""

    def __init__(self, on_step: Callable[[State, str], None]) -> None:
        self._on_step = on_step
        self._state = State.PREFLIGHT

    @property
    def state(self) -> State:
        """The present state."""
        return self._state

    @property
    def is_over(self) -> bool:
        """Whether no step is left."""
        return self._state in _FINAL

    def begin(self, reason: str) -> None:
        """Announce the first state."""
        self._on_step(self._state, reason)

    def to(self, state: State, reason: str) -> None:
        """Take a step; raises ImpossibleStep."""
        allowed = _NEXT.get(self._state, set())
        if not self.is_over and self._state is not State.ROLLING_BACK:
            allowed = allowed | _FROM_ANYWHERE
        if state not in allowed:
            raise ImpossibleStep(f"no step leads from {self._state} to {state}")
        self._state = state
        self._on_step(state, reason)
