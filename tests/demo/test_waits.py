"""Waiting on the grid."""

import asyncio
from time import monotonic

from harness.demo.waits import GRID_S, Waits


def test_waits_end_in_the_order_they_are_due_and_never_before_their_grid_point() -> None:
    async def wait_for_all() -> tuple[list[int], list[float]]:
        waits, order, early_s = Waits(asyncio.get_running_loop()), [], []
        begin_s = monotonic()

        async def one(number: int, due_s: float) -> None:
            await waits.until(due_s)
            order.append(number)
            early_s.append(due_s - monotonic())

        await asyncio.gather(*(one(number, begin_s + number * 0.002) for number in (5, 1, 3, 4, 2)))
        waits.close()
        return order, early_s

    order, early_s = asyncio.run(wait_for_all())

    assert order == [1, 2, 3, 4, 5]
    assert max(early_s) <= GRID_S / 2 + 1e-6


def test_a_moment_in_the_past_is_over_at_once() -> None:
    async def wait() -> bool:
        waits = Waits(asyncio.get_running_loop())
        await asyncio.wait_for(waits.until(monotonic() - 10), 5)
        await asyncio.wait_for(waits.until(-1.0), 5)
        waits.close()
        return True

    assert asyncio.run(wait())


def test_waits_due_together_end_together_and_a_cancelled_one_harms_none() -> None:
    async def wait() -> list[bool]:
        waits = Waits(asyncio.get_running_loop())
        due_s = monotonic() + 0.01
        cancelled, *others = (waits.until(due_s) for _ in range(4))
        cancelled.cancel()
        await asyncio.wait_for(asyncio.gather(*others), 5)
        waits.close()
        return [other.done() for other in others]

    assert asyncio.run(wait()) == [True, True, True]
