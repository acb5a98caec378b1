"""Every option of Locust has a meaning under the gate, and one that has none here says so."""

from argparse import Namespace

import pytest

from harness.locust_plugin.command_line.locust_options import RULES, OptionEffect, neutralize, notes
from tests.docs import locust_options
from tests.locust_plugin.child import run_tests_in_child

NAMES = {"num_users": "--users", "host": "--host", "run_time": "--run-time", "headless": "--headless"}
DEFAULTS = Namespace(num_users=None, host=None, run_time=None, headless=False)


def test_an_ignored_option_that_somebody_set_gets_a_line_and_others_get_none():
    options = Namespace(num_users=5, host=None, run_time=8, headless=True)
    assert [*notes(options, DEFAULTS, NAMES)] == [
        "--users is ignored: the plan's `load.max_in_flight` says how many users there are"
    ]


def test_an_option_of_a_newer_locust_says_that_the_gate_does_not_know_it():
    (note,) = notes(Namespace(later=1), Namespace(later=None), {"later": "--later"})
    assert note.startswith("--later is unknown to the gate")


def test_what_locust_would_act_on_is_neutral():
    options = Namespace(host="http://elsewhere", stop_timeout=30, enable_rebalancing=True, autoquit=60)
    neutralize(options)
    assert vars(options) == {"host": None, "stop_timeout": 0, "enable_rebalancing": False, "autoquit": -1}


@pytest.mark.parametrize("effect", OptionEffect)
def test_every_effect_occurs_and_every_rule_has_words(effect):
    found = [rule for rule in RULES.values() if rule.effect is effect]
    assert found
    assert all(rule.words for rule in found)


def test_the_page_shows_the_table_of_the_code():
    page = locust_options.PAGE.read_text(encoding="utf-8")
    assert locust_options.written(page) == page, "write it with `python -m tests.docs.locust_options`"


def test_every_option_of_the_installed_locust_is_classified():
    run_tests_in_child("command_line/options_child.py")
