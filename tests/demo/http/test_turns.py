"""Turns on the grid."""

import asyncio
import resource
import socket
from collections.abc import Callable, Iterable
from time import monotonic
from typing import Any

import pytest

from harness.demo.http.turns import GRID_S, Turns


def calls_made(
    due_after_s: Iterable[float], callback: Callable[[], object] = lambda: None
) -> list[tuple[int, float]]:
    """The numbers of the waits, in the order they end, and how much too early they end in seconds."""

    async def run() -> list[tuple[int, float]]:
        loop, made, begin_s = asyncio.get_running_loop(), list[tuple[int, float]](), monotonic()
        all_made = asyncio.Event()
        turns, dues_s = Turns(loop), [begin_s + after_s for after_s in due_after_s]

        def end(number: int, due_s: float) -> None:
            made.append((number, due_s - monotonic()))
            if len(made) == len(dues_s):
                all_made.set()
            callback()

        loop.set_exception_handler(lambda _loop, context: failures.append(context))
        for number, due_s in enumerate(dues_s):
            turns.at(due_s, lambda number=number, due_s=due_s: end(number, due_s))  # type: ignore[misc]
        await asyncio.wait_for(all_made.wait(), 5)
        turns.close()
        return made

    failures: list[Any] = []
    made = asyncio.run(run())
    assert len(failures) == (len(made) if callback is fail else 0)
    return made


def fail() -> None:
    raise ZeroDivisionError


def test_waits_end_in_the_order_they_are_due_and_never_before_their_grid_point() -> None:
    made = calls_made(after * 0.003 for after in (5, 1, 3, 4, 2))

    assert [number for number, _ in made] == [1, 4, 2, 3, 0]
    assert max(early_s for _, early_s in made) <= GRID_S / 2 + 1e-6


def test_a_moment_in_the_past_is_over_at_once() -> None:
    assert len(calls_made([-10.0, -1e9])) == 2


def test_a_call_that_fails_is_reported_and_takes_none_after_it_along() -> None:
    made = calls_made([0.01, 0.01, 0.02], fail)

    assert [number for number, _ in made] == [0, 1, 2]


def test_bytes_came_halfway_between_the_two_turns_around_them(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> float:
        turns = Turns(asyncio.get_running_loop())
        here, there = socket.socketpair()
        with here, there:
            read = asyncio.Event()
            turns.watch(here.fileno(), lambda events: (here.recv(9), read.set()))
            moments_s = iter([100.0, 100.0, 100.0, 100.004, 100.006])
            monkeypatch.setattr("harness.demo.http.turns.monotonic", lambda: next(moments_s, 100.01))
            # Roused, then two turns: one that sends and one that reads.
            turns._rouse()
            turns._turn()
            there.send(b"x")
            turns._look()
            turns.forget(here.fileno())
        turns.close()
        return turns.came_s

    assert asyncio.run(run()) == pytest.approx(100.005)


def test_what_comes_after_a_long_rest_is_read_all_the_same() -> None:
    async def run() -> None:
        turns = Turns(asyncio.get_running_loop())
        here, there = socket.socketpair()
        with here, there:
            read = asyncio.Event()
            turns.watch(here.fileno(), lambda events: (here.recv(9), read.set()))
            for _ in range(2):
                # Far more turns than it takes without anything to do.
                await asyncio.sleep(0.2)
                read.clear()
                there.send(b"x")
                await asyncio.wait_for(read.wait(), 5)
        turns.close()

    asyncio.run(run())


def test_at_rest_the_process_is_not_woken() -> None:
    async def run() -> int:
        loop = asyncio.get_running_loop()
        turns = Turns(loop)
        turns.at(monotonic(), lambda: None)
        await asyncio.sleep(0.2)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw
        await asyncio.sleep(0.2)
        turns.close()
        return resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw - before

    assert asyncio.run(run()) < 50


def test_a_socket_whose_reader_fails_keeps_no_other_from_being_read() -> None:
    async def run() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _loop, context: None)
        turns = Turns(loop)
        pairs = [socket.socketpair() for _ in range(2)]
        read = asyncio.Event()

        def breaks(events: int) -> None:
            turns.forget(pairs[0][0].fileno())
            raise ZeroDivisionError

        turns.watch(pairs[0][0].fileno(), breaks)
        turns.watch(pairs[1][0].fileno(), lambda events: (pairs[1][0].recv(9), read.set()))
        for _, there in pairs:
            there.send(b"x")
        await asyncio.wait_for(read.wait(), 5)
        turns.close()
        for each in (*pairs[0], *pairs[1]):
            each.close()

    asyncio.run(run())
