from argparse import ArgumentError

import configargparse
import pytest

from harness.locust_plugin.command_line.gate_options import add_gate_options


@pytest.fixture
def parser():
    parser = configargparse.ArgumentParser()
    add_gate_options(parser)
    return parser


def test_stages_and_values_of_the_plan_are_repeatable(parser):
    given = parser.parse_args(["--stage", "a", "--stage", "b", "--set", "seed=1", "--set", "service=x"])
    assert given.stage == ["a", "b"]
    assert given.plan_values == ["seed=1", "service=x"]


def test_a_port_that_is_none_is_refused(parser, capsys):
    with pytest.raises(SystemExit):
        parser.parse_args(["--metrics-port", "65536"])
    assert "a port is a number from 0 to 65535" in capsys.readouterr().err


def test_an_option_of_the_same_name_is_an_error(parser):
    with pytest.raises(ArgumentError, match="--plan"):
        add_gate_options(parser)
