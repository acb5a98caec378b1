from harness.record.sources.wall_clock import WallClock

EPOCH_S = 1_796_000_000.0


class Machine:
    """Two clocks that are one, `ahead_s` apart; the process waits `waits_s` after each reading."""

    def __init__(self):
        self.now_s, self.ahead_s, self.waits_s = 100.0, EPOCH_S, []

    def clock(self):
        return self._read()

    def wall(self):
        return self._read() + self.ahead_s

    def _read(self):
        read_s = self.now_s
        self.now_s += self.waits_s.pop(0) if self.waits_s else 1e-7
        return read_s


def test_a_wait_between_two_readings_is_not_taken_for_time():
    machine = Machine()
    machine.waits_s = [0.0, 0.3]
    assert WallClock(machine.clock, machine.wall).at(100.25) == EPOCH_S + 100.25


def test_a_process_that_waits_every_time_does_not_take_its_wait_for_a_clock_that_was_set():
    machine = Machine()
    wall = WallClock(machine.clock, machine.wall)
    machine.waits_s = [0.0, 0.1, 0.0] * 5
    assert wall.at(100.25) == EPOCH_S + 100.25


def test_the_same_reading_is_the_same_moment():
    machine = Machine()
    wall = WallClock(machine.clock, machine.wall)
    first_s = wall.at(100.25)
    machine.ahead_s += 1e-4
    machine.now_s += 3600
    assert wall.at(100.25) == first_s


def test_a_wall_clock_that_was_set_is_followed():
    machine = Machine()
    wall = WallClock(machine.clock, machine.wall)
    machine.ahead_s -= 30
    assert wall.at(100.25) == EPOCH_S + 70.25
