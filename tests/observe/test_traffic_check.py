import pytest

from harness.observe.traffic_check import SeenTraffic, check_traffic


class Traffic:
    """Traffic that is read as the clock goes on; `of` says how many of each variant there are at a second."""

    settle_s = 2.0

    def __init__(self, of):
        self.of, self.now_s = of, 0.0
        self.seen = SeenTraffic()

    def watch(self):
        return self.seen

    def poll(self):
        self.seen.take(*self.of(self.now_s))

    def sleep(self, seconds):
        self.now_s += seconds


def checked(of):
    traffic = Traffic(of)
    return check_traffic(traffic, lambda: traffic.now_s, traffic.sleep), traffic.now_s


def test_two_hundred_requests_of_the_baseline_in_a_row_are_enough():
    wrong, took_s = checked(lambda now_s: (20, 0))
    assert wrong is None
    assert took_s < 1


def test_requests_that_were_under_way_may_end_a_little_later():
    wrong, _ = checked(lambda now_s: (1, 1 if now_s < 3 else 0))
    assert wrong is None


@pytest.mark.parametrize("baseline", [0, 20])
def test_a_canary_that_goes_on_getting_requests_is_named(baseline):
    wrong, took_s = checked(lambda now_s: (baseline, 1))
    assert "reached the canary, by the router's log" in wrong
    assert took_s >= 12


def test_without_a_request_there_is_nothing_to_tell_by():
    assert checked(lambda now_s: (0, 0))[0] is None
