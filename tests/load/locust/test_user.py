"""Users of every kind: one task per arrival, sent to the arrival's variant, each request recorded once."""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@cache
def recorded(kind):
    """What a stage of 100 arrivals, half of them for the canary, recorded of users of one kind."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.load.locust.users_child", kind],
        cwd=ROOT,
        # No proxy of the environment comes between the load and a variant.
        env={**os.environ, "HTTP_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def completed(result):
    return {variant: account["completed"] for variant, account in result["accounts"].items()}


def total(result, *parts):
    return sum(n for tag, (n, _) in result["tags"].items() if all(part in tag for part in parts))


@pytest.mark.parametrize("kind", ["ours", "requests", "fast", "other", "flows", "fast flows", "visits"])
def test_every_arrival_is_run_once_and_accounted_for(kind):
    for variant in ("baseline", "canary"):
        account = recorded(kind)["accounts"][variant]
        assert account["due"] == account["completed"] + account["failed"] == 50
        assert account["dropped"] == account["open"] == 0


@pytest.mark.parametrize(
    ("kind", "mistake"),
    [
        ("silent", "50 tasks in a row sent no request"),
        ("mistaken", "KeyError: 'path'"),
        ("exits", "TaskEnded: SystemExit: 0"),
    ],
)
def test_an_arrival_without_a_request_is_dropped_for_a_reason_that_is_the_load_tests(kind, mistake):
    result = recorded(kind)
    for variant in ("baseline", "canary"):
        account = result["accounts"][variant]
        assert account["dropped"] == account["due"] == 50
    assert not total(result, ".response.")
    ((blame, what, where, count),) = result["mistakes"]
    assert (blame, what, count) == ("load test", mistake, 100)
    assert where == "class Silent" or where.startswith("tests/load/locust/users_child.py:")


def test_a_request_of_one_variants_user_to_the_other_variant_is_the_load_tests_mistake():
    result = recorded("astray")
    assert completed(result) == {"baseline": 50, "canary": 50, "control": 0, "unattributed": 0}
    assert result["mistakes"] == [
        ["load test", "a user of the canary sent a request to the baseline", "class Astray", 50]
    ]


def test_a_client_beside_the_gates_own_is_the_load_tests_mistake():
    result = recorded("beside")
    assert completed(result) == {"baseline": 50, "canary": 50, "control": 0, "unattributed": 0}
    assert sum(count for *_, count in result["mistakes"]) == 100, "not those of on_start"
    for variant in ("baseline", "canary"):
        what = (
            f"a client beside `self.client` sent to the {variant}: its requests are neither paced nor "
            "counted; use `self.client`, or a `Gated` user"
        )
        assert {tuple(mistake[:2]) for mistake in result["mistakes"] if variant in mistake[1]} == {
            ("load test", what)
        }
    places = {where.rstrip("0123456789") for _, _, where, _ in result["mistakes"]}
    assert places == {"tests/load/locust/users_child.py:", "class Beside"}


@pytest.mark.parametrize("way", ["kept", "kept greenlet", "kept thread", "listener"])
def test_a_client_beside_the_gates_own_is_seen_whoever_opened_its_connection_and_sends(way):
    result = recorded(way)
    assert completed(result) == {"baseline": 50, "canary": 50, "control": 0, "unattributed": 0}
    mistakes = result["mistakes"]
    assert mistakes
    assert {blame for blame, *_ in mistakes} == {"load test"}
    assert all(what.startswith("a client beside `self.client` sent to the ") for _, what, *_ in mistakes)
    if way in {"kept", "kept thread"}:
        assert sum(count for *_, count in mistakes) == 100, "not those of on_start"
    assert all(where.startswith("tests/load/locust/users_child.py:") for _, _, where, _ in mistakes)


@pytest.mark.parametrize("kind", ["judging", "fast judging"])
def test_a_failed_answer_that_a_gated_user_calls_a_success_is_counted_by_its_kind(kind):
    accepted = recorded(kind)["accepted"]
    assert accepted == [[variant, "GET /me", "HTTP 401", 50] for variant in ("baseline", "canary")]


@pytest.mark.parametrize("kind", ["judging", "fast judging"])
def test_a_good_answer_that_a_gated_user_calls_a_failure_is_its_own_word_and_a_failed_one_is_not(kind):
    result = recorded(kind)
    assert [[*key, count] for *key, _, count in result["declared"]] == [
        [variant, "GET /x", 50] for variant in ("baseline", "canary")
    ]
    assert sum(count for *_, count in result["errors"]) == 200


def test_what_a_user_of_another_protocol_calls_a_failure_may_be_its_services():
    result = recorded("other")
    assert (len(result["errors"]), result["accepted"], result["declared"]) == (1, [], [])


def test_users_that_end_themselves_are_named_when_the_last_one_has_left():
    result = recorded("leaving")
    assert completed(result) == {"baseline": 10, "canary": 10, "control": 0, "unattributed": 0}
    assert result["mistakes"] == [
        ["load test", f"every user of the {variant} has ended itself", "class Leaving", 1]
        for variant in ("baseline", "canary")
    ]


@pytest.mark.parametrize(("kind", "requests"), [("ours", 50), ("requests", 50), ("fast", 100)])
def test_each_variant_gets_exactly_the_requests_recorded_for_it(kind, requests):
    result = recorded(kind)
    for variant, seen in result["seen"].items():
        measured = total(result, f"{variant}.response") + total(result, f"{variant}.failed")
        assert seen == measured == requests


@pytest.mark.parametrize("kind", ["flows", "fast flows"])
def test_logins_cookies_and_attributes_belong_to_one_variant_and_pauses_to_the_schedule(kind):
    result = recorded(kind)
    assert not result["errors"]
    assert total(result, "response.GET%20%2Fx") >= 100


def test_an_exception_by_which_a_task_judges_is_a_failure_of_its_request():
    result = recorded("ours")
    failed = total(result, ".failed.GET")
    assert 0 < failed == sum(count for *_, count in result["errors"])
    assert {error for _, _, error, _ in result["errors"]} == {"judged by the task"}
    assert not total(result, "TASK")


def test_a_rest_call_is_a_request_like_any_other():
    result = recorded("ours")
    assert total(result, "service.POST") > 0
    assert not total(result, "failed.POST")


def test_the_time_a_task_spends_in_its_block_is_not_the_services():
    fastest_us = [least for tag, (_, least) in recorded("requests")["tags"].items() if ".service." in tag]
    assert max(fastest_us) < 100_000


def test_later_requests_of_an_arrival_count_from_their_own_start():
    tags = recorded("fast")["tags"]
    for variant in ("baseline", "canary"):
        second = f"{variant}.{{}}.GET%20%2Fsecond"
        assert tags[second.format("response")] == tags[second.format("service")]


def test_requests_fired_by_a_greenlet_of_the_user_are_the_users():
    result = recorded("other")
    assert total(result, "baseline.response.RPC") == total(result, "canary.failed.RPC") == 50
    assert result["errors"] == [["canary", "RPC call", "odd", 50]]
