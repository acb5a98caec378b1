"""Faults that show in the process, with a clock and a server that are no real ones."""

import asyncio

import pytest

from harness.demo.behaviour.behaviour import Behaviour
from harness.demo.behaviour.symptoms import CRASHED, MAX_LEAK_BYTES, Leak, Symptoms
from harness.demo.behaviour.valve import Valve
from harness.plan.faults import Faults
from harness.plan.variant import Variant


class SwitchableServer:
    def __init__(self) -> None:
        self.is_open = True

    def open(self) -> None:
        self.is_open = True

    def shut(self) -> None:
        self.is_open = False


class Process:
    """What the symptoms act upon."""

    def __init__(self, *faults: str) -> None:
        self.behaviour = Behaviour(1, Variant.CANARY, Faults.parse(*faults), now_s=100.0)
        self.valve, self.server, self.exit_codes = (
            Valve(lambda callback: callback()),
            SwitchableServer(),
            list[int](),
        )
        self.symptoms = Symptoms(self.behaviour, self.valve, self.server, self.exit_codes.append)

    def after(self, age_s: float) -> "Process":
        self.symptoms.show(100.0 + age_s, 0.02)
        return self


def test_a_well_process_lets_everything_through() -> None:
    process = Process().after(3600)

    assert process.valve.is_open
    assert process.server.is_open
    assert process.exit_codes == []


@pytest.mark.parametrize(("age_s", "is_open"), [(0.9, True), (1, False), (2.9, False), (3, True)])
def test_a_stall_holds_answers_while_it_lasts(age_s: float, is_open: bool) -> None:
    assert Process("stall=2s@1s").after(age_s).valve.is_open is is_open


def test_a_refusal_shuts_the_door_until_it_is_cleared() -> None:
    process = Process("refuse=1s")

    assert process.after(0.9).server.is_open
    assert not process.after(1.0).server.is_open
    process.behaviour.set(Faults.parse(), now_s=105.0)
    assert process.after(5.0).server.is_open


def test_a_crash_ends_the_process_with_its_code() -> None:
    assert Process("crash=10s").after(9.9).exit_codes == []
    assert Process("crash=10s").after(10).exit_codes == [CRASHED]


def test_a_leak_grows_by_the_byte_and_can_be_given_back() -> None:
    leak = Leak()
    for _ in range(1000):
        leak.grow(1024.5)

    assert leak.held_bytes == 1024_500
    leak.release()
    assert leak.held_bytes == 0


def test_a_leak_stops_at_its_ceiling() -> None:
    leak = Leak()
    leak.held_bytes = MAX_LEAK_BYTES - 10
    leak.grow(1e12)

    assert leak.held_bytes == MAX_LEAK_BYTES


def test_the_symptoms_are_shown_again_and_again_until_cancelled() -> None:
    async def run() -> list[int]:
        ages, process = iter([0.0, 1.0, 2.0, 12.0]), Process("crash=10s")

        def exit_now(code: int) -> None:
            process.exit_codes.append(code)
            running.cancel()

        symptoms = Symptoms(process.behaviour, process.valve, process.server, exit_now)
        running = asyncio.create_task(symptoms.run(lambda: 100.0 + next(ages)))
        await asyncio.wait((running,), timeout=10)
        return process.exit_codes

    assert asyncio.run(run()) == [CRASHED]
