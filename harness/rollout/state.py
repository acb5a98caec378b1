"""The states of a rollout and the ways between them."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum


class State(StrEnum):
    """Where a rollout stands."""

    PREFLIGHT = "preflight"
    DEPLOYING = "deploying"
    WARMING = "warming"
    MEASURING = "measuring"
    DRAINING = "draining"
    JUDGED = "judged"
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
    State.DRAINING: {State.JUDGED},
    State.JUDGED: {State.PROMOTED, State.HELD, State.WARMING},
    State.PROMOTED: {State.DEPLOYING, State.DECLARED},
    State.ROLLING_BACK: {State.ROLLED_BACK, State.ROLLBACK_FAILED},
}
# Wherever a rollout stands, something may break: a trigger, a signal, a crash.
_FINAL = {State.HELD, State.ROLLED_BACK, State.ROLLBACK_FAILED, State.DECLARED}
_FROM_ANYWHERE = {State.HELD, State.ROLLING_BACK}


class ImpossibleStep(Exception):
    """A step between states that have no way between them: a mistake in the controller."""


class Machine:
    """The state of one rollout; ``tell`` learns every step and its reason."""

    def __init__(self, tell: Callable[[State, str], None]) -> None:
        self._tell = tell
        self._state = State.PREFLIGHT

    @property
    def state(self) -> State:
        """Where the rollout stands."""
        return self._state

    @property
    def is_over(self) -> bool:
        """Whether no step is left."""
        return self._state in _FINAL

    def begin(self, reason: str) -> None:
        """Tell the first state."""
        self._tell(self._state, reason)

    def to(self, state: State, reason: str) -> None:
        """Take a step; raises ImpossibleStep."""
        allowed = _NEXT.get(self._state, set())
        if not self.is_over and self._state is not State.ROLLING_BACK:
            allowed = allowed | _FROM_ANYWHERE
        if state not in allowed:
            raise ImpossibleStep(f"no way from {self._state} to {state}")
        self._state = state
        self._tell(state, reason)
