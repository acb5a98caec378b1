import asyncio
from itertools import pairwise

from harness.rollout.probes.rounds import ask_in_rounds


def probe(question, rounds, interval_s=0.01):
    """Ask one question until `rounds` records are there, on a clock that only the loop moves."""
    records = []

    async def run():
        ended = asyncio.Event()

        def append(record):
            records.append(record)
            if len(records) >= rounds:
                ended.set()

        loop = asyncio.get_running_loop()
        await asyncio.wait_for(
            ask_in_rounds([question], None, interval_s, loop.time, append, ended), timeout=30
        )

    asyncio.run(run())
    return records


def test_every_round_has_a_time_of_its_own():
    async def answer(client, at_s):
        return at_s

    times_s = probe(answer, rounds=4)
    assert all(later > earlier for earlier, later in pairwise(times_s))


def test_an_answer_that_does_not_come_holds_up_no_round():
    asked = 0

    async def answer(client, at_s):
        nonlocal asked
        asked += 1
        if asked == 1:
            await asyncio.Event().wait()
        return asked

    assert probe(answer, rounds=3) == [2, 3, 4]


def test_a_late_answer_keeps_the_time_it_was_asked_at():
    order = []

    async def answer(client, at_s):
        number = len(order)
        order.append(number)
        if number == 0:
            await asyncio.sleep(0.025)
        return number, at_s

    records = dict(probe(answer, rounds=5))
    assert records[0] < records[1]
