"""Locust's statistics come out the same, told of many requests at once or of each; see the child."""

import json
import subprocess
import sys

import pytest


@pytest.fixture(scope="module")
def found():
    command = [sys.executable, "-m", "tests.load.locust.request_events_child"]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def test_statistics_told_in_bulk_equal_those_told_one_by_one(found):
    assert found["bulk"] == found["each"]


def test_a_rounding_that_replaced_locusts_own_is_kept_to(found):
    assert found["replaced rounding"] == {"7": 2}


def test_a_listener_is_heard_from_when_it_comes_until_it_goes(found):
    assert found["heard"] == [False, True, False]
