"""An arrival: where its times begin, and how it ends."""

import errno

import gevent
import pytest
from gevent.pool import Pool

from harness.load.blame import Blame
from harness.load.errors import connection_failed
from harness.record.histograms.clocks import Timings
from tests.load.client import OK, client
from tests.load.scripted import Hangup

FAILED = b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"


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
        one.session.arrival.end()
        one.arrive(variant=1)
        one.session.get("/x")
        one.session.arrival.end()
        one.session.arrival.end()
        baseline, canary, *_ = one.window.accounts
        assert (baseline.due, baseline.completed, baseline.open) == (1, 1, 0)
        assert (canary.due, canary.failed, canary.open) == (1, 1, 0)


def test_a_request_for_which_this_machine_had_no_socket_was_not_sent():
    with client(OK) as (one, _):
        due_s = one.session.arrival.depart()
        error = connection_failed(OSError(errno.EMFILE, "Too many open files"))
        one.session.arrival.returned(0, "GET /x", error, Timings(due_s, due_s, due_s, due_s))
        one.session.arrival.end()
        assert [mistake.blame for mistake in one.window.mistakes] == ["machine of the load"]
        assert not one.window.sent.values_s
        assert one.window.accounts[0].dropped == 1


def test_a_task_that_raises_is_a_mistake_of_the_load_test_and_never_an_error_of_the_service():
    with client(OK) as (one, _):
        one.session.arrival.task_raised("Shop", Blame.LOAD_TEST, KeyError("title"))
        one.session.arrival.end()
        account = one.window.accounts[0]
        assert (account.dropped, account.failed, account.completed) == (1, 0, 0)
        assert not one.window.tallies.errors
        assert list(one.window.mistakes) == [("load test", "KeyError: 'title'", "the load test")]


def test_a_task_that_calls_its_response_bad_is_a_failure_of_the_service():
    with client(OK) as (one, _):
        one.session.get("/x")
        one.session.arrival.task_raised("Shop", Blame.SERVICE, AssertionError("no title"))
        one.session.arrival.end()
        assert one.window.accounts[0].failed == 1
        assert list(one.window.tallies.errors) == [("baseline", "TASK Shop", "AssertionError: no title")]
        assert not one.window.mistakes


def test_an_exception_after_a_failed_request_is_explained_by_it():
    with client(FAILED) as (one, _):
        one.session.get("/x")
        one.session.arrival.task_raised("Shop", Blame.LOAD_TEST, KeyError("title"))
        assert not one.window.mistakes


def test_the_first_of_requests_that_are_under_way_together_counts_from_its_due_time():
    with client([0.05, OK]) as (one, _):
        one.arrive(late_s=0.5)
        pool = Pool()
        for path in ("/a", "/b", "/c"):
            pool.spawn(one.session.get, path)
        pool.join()
        times = sorted(meta["response_time"] >= 500 for meta in one.fired)
        assert times == [False, False, True]
        assert len(one.window.sent.values_s) == 1


def test_an_arrival_goes_on_until_the_last_of_its_requests_has_ended():
    with client([0.1, FAILED], OK) as (one, _):
        request = gevent.spawn(one.session.get, "/slow")
        gevent.sleep(0.02)
        first = one.session.arrival
        assert not first.end()
        one.session.next_arrival()
        one.arrive()
        assert one.session.get("/fast").ok
        assert one.session.arrival.end()
        account = one.window.accounts[0]
        assert (account.completed, account.failed, account.open) == (1, 0, 1)
        request.join()
        assert (account.completed, account.failed, account.open) == (1, 1, 0)


def test_a_request_whose_block_is_never_entered_is_recorded_as_it_is():
    with client(FAILED, OK) as (one, _):
        one.session.get("/bad", catch_response=True)
        one.session.get("/good", catch_response=True)
        assert not one.fired
        assert one.session.arrival.end()
        assert [(m["name"], str(m["exception"])) for m in one.fired] == [
            ("/bad", "HTTP 500"),
            ("/good", "None"),
        ]
        assert one.window.accounts[0].failed == 1


def test_a_request_cannot_be_judged_outside_of_its_block():
    with client(OK) as (one, _):
        response = one.session.get("/x", catch_response=True)
        for judge in (response.success, lambda: response.failure("broken")):
            with pytest.raises(RuntimeError, match="in its with-block"):
                judge()
        with response:
            response.failure("broken")
        one.session.arrival.end()
        assert [str(meta["exception"]) for meta in one.fired] == ["broken"]
