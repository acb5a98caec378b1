"""The last parts of a stage, which are judged by themselves: a change in mid-stage shows in them alone.

That is done at the end, and a few times while the stage runs: so a change in a long one need not wait.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.judge.windows.boundary import Boundary

LEFT_OUT = (2, 3, 4, 5)
"""How many sixths of the blocks so far each part leaves out."""
ALWAYS = 3
"""At the end this many parts are judged, however few blocks they have."""
MIN_BLOCKS = 10
"""Any other part has at least so many: fewer do not show how much they scatter."""
EARLIER = 0.8
"""Each look at last parts comes when so much of the time until the next one is over; the last is the end."""
POWER = 4
"""The risk of such a look grows with this power of time, so that most is left for the end."""


def first_of(blocks: int, left_out: int) -> int:
    """Return the first of so many blocks that remains where so many sixths are left out."""
    return blocks * left_out // 6


def parts_while_running(blocks: int) -> Iterator[int]:
    """Yield what each part leaves out, in sixths, that is looked at while a stage of so many blocks runs."""
    return (left_out for left_out in LEFT_OUT if blocks - first_of(blocks, left_out) >= MIN_BLOCKS)


def parts_at_the_end(blocks: int) -> Iterator[int]:
    """Yield what each part leaves out, in sixths, that is judged at the end of a stage of so many blocks."""
    yield from LEFT_OUT[:ALWAYS]
    yield from (left_out for left_out in parts_while_running(blocks) if left_out not in LEFT_OUT[:ALWAYS])


def looks_at_last_parts(risk: float, blocks: int, ends: int) -> Boundary:
    """Return when last parts are looked at before an end, and the p value that decides in each of them.

    `risk` is that of one part at an end; every end comes so many blocks after the other.
    """
    planned = sorted(
        (look, risk * (look / end) ** POWER)
        for end in (number * blocks for number in range(1, ends + 1))
        for look in _looks_before(end, not_before=max(end - blocks, MIN_BLOCKS))
    )
    return Boundary(tuple(look for look, _ in planned), tuple(each for _, each in planned))


def _looks_before(end: int, not_before: int) -> Iterator[int]:
    look = round(end * EARLIER)
    while look > not_before:
        yield look
        look = min(round(look * EARLIER), look - 1)
