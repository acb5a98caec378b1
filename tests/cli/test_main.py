"""What the command says: its verbs, an example of each, and one line where something is wrong."""

import os
import signal

import pytest
from click.testing import CliRunner

from harness.cli.main import SECTIONS, main
from tests.commands import VERBS, commands_in, problem_of


def invoke(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_every_verb_stands_in_one_section_of_the_help():
    assert sorted(verb.name for section in SECTIONS for verb in section.verbs) == sorted(VERBS)
    shown = invoke("--help").output
    assert all(f"\n{section.title}:" in shown for section in SECTIONS)
    assert "..." not in shown.partition("Options:")[2]


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_shows_an_example_that_is_right(verb):
    examples = [words for words in commands_in(VERBS[verb].help) if len(words) > 1]
    assert examples
    for words in examples:
        assert words[1] == verb
        assert problem_of(words) is None


def test_ctrl_c_ends_any_verb_with_130_and_one_line(monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("json.dumps", interrupted)
    result = invoke("schema")
    assert (result.exit_code, result.stderr) == (130, "interrupted\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_ends_any_verb_with_130_whatever_a_library_makes_of_it(monkeypatch, number):
    def interrupted(*_, **__):
        try:
            os.kill(os.getpid(), number)
        finally:
            raise RuntimeError("Attempted to exit a cancel scope that isn't the current task's")

    monkeypatch.setattr("json.dumps", interrupted)
    result = invoke("schema")
    assert (result.exit_code, result.stderr) == (130, "interrupted\n")


def test_an_error_without_a_signal_stays_an_error(monkeypatch):
    def failed(*_, **__):
        raise RuntimeError("no disk")

    monkeypatch.setattr("json.dumps", failed)
    result = invoke("schema")
    assert (result.exit_code, result.stderr) == (2, "error: no disk\n")


def test_a_closed_pipe_is_not_an_error(monkeypatch):
    def closed(*_, **__):
        raise BrokenPipeError

    monkeypatch.setattr("click.echo", closed)
    assert isinstance(invoke("schema").exception, BrokenPipeError | SystemExit)
