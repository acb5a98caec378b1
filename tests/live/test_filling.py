from harness.live.filling import Fillings
from tests.live.windows import PLAN, tally, window


def filled(*windows, probes=()):
    fillings = Fillings(PLAN)
    fillings.begin(0)
    for interval in tally(*windows).stages[0].fresh:
        fillings.add(interval, 0.0, probes)
    return {filling.trigger: filling for filling in fillings.now}


def test_a_window_fills_while_its_condition_holds_and_empties_when_it_does_not():
    error_rate = "error rate > 10% for 30s"
    assert filled(window(0, failed=100))[error_rate].share == 1 / 3
    assert filled(window(0, failed=100), window(1, failed=100))[error_rate].held == 2
    assert filled(window(0, failed=100), window(1))[error_rate].held == 0


def test_a_full_window_is_no_more_than_full():
    found = filled(*(window(number, failed=100) for number in range(5)))["error rate > 10% for 30s"]
    assert (found.held, found.share) == (5, 1.0)


def test_each_trigger_has_its_own_window():
    found = filled(window(0, canary_ms=(600,) * 500))
    assert {trigger: filling.held for trigger, filling in found.items()} == {
        "error rate > 10% for 30s": 0,
        "p95 > 500ms for 1m": 1,
    }
    assert found["p95 > 500ms for 1m"].needed == 6


def test_the_next_stage_starts_with_empty_windows():
    fillings = Fillings(PLAN)
    fillings.begin(0)
    (interval,) = tally(window(0, failed=100)).stages[0].fresh
    fillings.add(interval, 0.0, ())
    fillings.begin(1)
    assert [filling.held for filling in fillings.now] == [0, 0]
