from argparse import ArgumentError

import configargparse
import pytest

from harness.locust_plugin.command_line.gate_options import add_gate_options, keep_runs_from_being_workers


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


@pytest.mark.parametrize("processes", [(), ("--processes", "2")])
@pytest.mark.parametrize("how", ["option", "variable", "file"])
def test_a_run_that_a_verb_starts_is_refused_to_be_a_worker(tmp_path, monkeypatch, capsys, how, processes):
    conf = tmp_path / "locust.conf"
    conf.write_text("worker = true\n" if how == "file" else "")
    parser = configargparse.ArgumentParser(default_config_files=[str(conf)])
    parser.add_argument("--worker", action="store_true", env_var="LOCUST_MODE_WORKER")
    parser.add_argument("--processes", type=int)
    add_gate_options(parser)
    keep_runs_from_being_workers(parser)
    if how == "variable":
        monkeypatch.setenv("LOCUST_MODE_WORKER", "1")
    given = [*processes, *(["--worker"] if how == "option" else [])]
    assert parser.parse_args(given).worker
    with pytest.raises(SystemExit) as ended:
        parser.parse_args([*given, "--announce-run-to", "3"])
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: a worker has no run of its own")
