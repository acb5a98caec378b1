"""The gate before the answers."""

from collections.abc import Callable

from harness.demo.behaviour.valve import Valve


def test_held_calls_are_made_once_in_their_order_when_the_gate_opens() -> None:
    made: list[int] = []
    gate = Valve(lambda go: go())
    gate.shut()
    for number in (1, 2, 3):
        gate.hold(lambda number=number: made.append(number))
    gate.shut()

    assert (gate.is_open, made) == (False, [])
    gate.open()
    gate.open()
    assert (gate.is_open, made) == (True, [1, 2, 3])


def test_what_a_made_call_holds_waits_for_the_next_opening() -> None:
    soon: list[Callable[[], object]] = []
    gate = Valve(soon.append)
    gate.shut()
    gate.hold(lambda: gate.hold(lambda: None))
    gate.open()
    gate.shut()
    soon.pop()()

    assert soon == []
    gate.open()
    assert len(soon) == 1
