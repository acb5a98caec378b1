from harness.observe.metrics.increments import Increments
from harness.observe.metrics.sample import HistogramSample

ONE, TWO = (0.0, 0.1), (0.1, 0.5)
INSTANCE = frozenset({("instance", "a")})


def sample(one, two, labels=INSTANCE, at_s=0.0):
    return HistogramSample(labels, at_s, {ONE: one, TWO: two})


def test_only_what_was_counted_since_the_base_counts():
    increments = Increments()
    increments.base([sample(10, 5)])
    assert increments.take(sample(12, 5)) == {ONE: 2}
    assert increments.take(sample(12, 6)) == {TWO: 1}


def test_a_series_that_appears_later_was_counted_from_nothing():
    increments = Increments()
    increments.base([sample(10, 5)])
    assert increments.take(sample(3, 1, frozenset({("instance", "b")}))) == {ONE: 3, TWO: 1}
    assert increments.resets == 0


def test_a_series_that_counts_less_began_anew():
    increments = Increments()
    increments.base([sample(10, 5)])
    assert increments.take(sample(4, 6)) == {ONE: 4, TWO: 6}
    assert increments.resets == 1


def test_a_process_that_was_started_since_began_anew_even_if_it_counts_more():
    increments = Increments()
    increments.base([sample(10, 5)], started_s=100.0)
    increments.restarted(101.0)
    assert increments.resets == 0
    increments.restarted(200.0)
    assert increments.take(sample(30, 6)) == {ONE: 30, TWO: 6}
    assert increments.resets == 1
