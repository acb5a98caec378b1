import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.rollout.state import ImpossibleStep, State, StateMachine

FINAL = {State.HELD, State.ROLLED_BACK, State.ROLLBACK_FAILED}


def machine_at(*states):
    machine = StateMachine(lambda state, reason: None)
    for state in states:
        machine.to(state, "so")
    return machine


def test_every_step_is_announced_with_its_reason():
    told = []
    machine = StateMachine(lambda state, reason: told.append((state, reason)))
    machine.begin("first")
    machine.to(State.DEPLOYING, "second")
    assert told == [(State.PREFLIGHT, "first"), (State.DEPLOYING, "second")]


@given(st.lists(st.sampled_from(State), max_size=12))
def test_every_state_can_be_rolled_back_or_is_final(steps):
    machine = machine_at()
    for step in steps:
        try:
            machine.to(step, "so")
        except ImpossibleStep:
            continue
    if machine.state in FINAL:
        assert machine.is_over
    elif machine.state is not State.ROLLING_BACK:
        machine.to(State.ROLLING_BACK, "a trigger")
        assert machine.state is State.ROLLING_BACK


@pytest.mark.parametrize("state", list(State))
def test_nothing_follows_a_final_state(state):
    machine = machine_at(State.HELD)
    with pytest.raises(ImpossibleStep, match="no step leads from held"):
        machine.to(state, "so")


def test_a_stage_is_promoted_only_after_it_was_judged():
    with pytest.raises(ImpossibleStep):
        machine_at(State.DEPLOYING, State.WARMING, State.MEASURING).to(State.PROMOTED, "too early")
