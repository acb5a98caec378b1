"""Run in a process of its own: importing Locust patches it."""

from locust.argument_parser import get_empty_argument_parser, setup_parser_arguments
from locust.env import Environment

from harness.locust_plugin.command_line.gate_options import bind_page_to_loopback
from harness.locust_plugin.command_line.locust_options import RULES
from harness.locust_plugin.controls import ignored_options, variables_in_effect


def test_every_option_of_the_installed_locust_has_a_rule_and_no_rule_is_of_none():
    parser = get_empty_argument_parser(default_config_files=[])
    setup_parser_arguments(parser)
    assert {action.dest for action in parser._actions} == set(RULES)


def test_a_command_line_without_options_gets_no_line():
    parser = get_empty_argument_parser(default_config_files=[])
    setup_parser_arguments(parser)
    options = parser.parse_args(["--headless"], env_vars={})
    assert [*ignored_options(Environment(), options)] == []


def test_the_page_is_at_loopback_unless_another_host_is_given():
    parser = get_empty_argument_parser(default_config_files=[])
    setup_parser_arguments(parser)
    bind_page_to_loopback(parser)
    assert parser.parse_args([], env_vars={}).web_host == "127.0.0.1"
    assert parser.parse_args(["--web-host", "*"], env_vars={}).web_host == "*"
    assert "(default: 127.0.0.1)" in parser.format_help()


def test_variables_of_the_environment_that_set_options_are_named_and_others_are_not():
    given = ["LOCUST_TAGS", "LOCUST_PROCESSES", "LOCUST_NO_SUCH", "HOME", "HARNESS_PLAN"]
    assert variables_in_effect(given) == ["LOCUST_PROCESSES", "LOCUST_TAGS"]
