"""The valve before the responses."""

from collections.abc import Callable

from harness.demo.behaviour.valve import Valve


def test_held_calls_are_made_once_in_their_order_when_the_gate_opens() -> None:
    made: list[int] = []
    valve = Valve(lambda callback: callback())
    valve.shut()
    for number in (1, 2, 3):
        valve.hold(lambda number=number: made.append(number))
    valve.shut()

    assert (valve.is_open, made) == (False, [])
    valve.open()
    valve.open()
    assert (valve.is_open, made) == (True, [1, 2, 3])


def test_what_a_made_call_holds_waits_for_the_next_opening() -> None:
    soon: list[Callable[[], object]] = []
    valve = Valve(soon.append)
    valve.shut()
    valve.hold(lambda: valve.hold(lambda: None))
    valve.open()
    valve.shut()
    soon.pop()()

    assert soon == []
    valve.open()
    assert len(soon) == 1
