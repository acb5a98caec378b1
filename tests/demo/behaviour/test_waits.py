"""Waiting on the grid."""

import asyncio
from collections.abc import Callable, Iterable
from time import monotonic
from typing import Any

from harness.demo.behaviour.waits import GRID_S, Waits


def calls_made(
    due_after_s: Iterable[float], callback: Callable[[], object] = lambda: None
) -> list[tuple[int, float]]:
    """The numbers of the waits, in the order they end, and how much too early they end in seconds."""

    async def run() -> list[tuple[int, float]]:
        loop, made, begin_s = asyncio.get_running_loop(), list[tuple[int, float]](), monotonic()
        all_made = asyncio.Event()
        waits, dues_s = Waits(loop), [begin_s + after_s for after_s in due_after_s]

        def end(number: int, due_s: float) -> None:
            made.append((number, due_s - monotonic()))
            if len(made) == len(dues_s):
                all_made.set()
            callback()

        loop.set_exception_handler(lambda _loop, context: failures.append(context))
        for number, due_s in enumerate(dues_s):
            waits.at(due_s, lambda number=number, due_s=due_s: end(number, due_s))  # type: ignore[misc]
        await asyncio.wait_for(all_made.wait(), 5)
        waits.close()
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
