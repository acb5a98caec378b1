import asyncio

from harness.live.monitor.own_lateness import OwnLateness


class Times:
    """A clock that every sleep moves on by the time asked for, and by these seconds more."""

    def __init__(self, stops):
        self.now_s = 0.0
        self.stops = stops

    def clock(self):
        return self.now_s

    async def sleep(self, seconds):
        if not self.stops:
            await asyncio.Event().wait()
        self.now_s += seconds + self.stops.pop(0)
        await asyncio.sleep(0)


def lateness_of(*stops, at_the_end_s=0.0):
    async def late():
        times = Times(list(stops))
        async with OwnLateness(times.clock, times.sleep) as own:
            for _ in range(len(stops) + 2):
                await asyncio.sleep(0)
            times.now_s += at_the_end_s
            return round(own.late_s, 3)

    return asyncio.run(late())


def test_a_process_that_runs_on_time_was_not_late():
    assert lateness_of(0.0, 0.001, 0.002) == 0.0


def test_what_each_sleep_took_too_long_is_added_up():
    assert lateness_of(1.0, 0.0, 0.25) == 1.25


def test_the_sleep_under_way_counts_for_a_process_that_was_stopped_in_it():
    assert lateness_of(at_the_end_s=2.005) == 2.0
