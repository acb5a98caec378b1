"""An arrival: where its times begin, and how it ends."""

from tests.load.client import OK, client
from tests.load.scripted import Hangup


def test_the_first_request_counts_from_its_due_time_and_the_next_from_its_send():
    with client(OK) as (one, _):
        one.arrive(late_s=0.5)
        one.session.get("/first")
        one.session.get("/second")
        times = [meta["response_time"] for meta in one.fired]
        assert times[0] >= 500 > times[1]
        assert len(one.window.sent.values_s) == 1
        assert one.window.sent.values_s[0] >= 0.5


def test_an_arrival_is_accounted_for_once():
    with client(OK, Hangup) as (one, _):
        one.session.get("/x")
        one.session.end_arrival()
        one.arrive(variant=1)
        one.session.get("/x")
        one.session.end_arrival()
        one.session.end_arrival()
        baseline, canary = one.window.accounts
        assert (baseline.due, baseline.completed, baseline.open) == (1, 1, 0)
        assert (canary.due, canary.failed, canary.open) == (1, 1, 0)


def test_a_task_that_raises_is_a_failure_even_without_a_request():
    with client(OK) as (one, _):
        one.session.task_raised("Shop", KeyError("title"))
        one.session.end_arrival()
        assert one.window.accounts[0].failed == 1
        assert list(one.window.errors) == [("baseline", "TASK Shop", "KeyError: 'title'")]
