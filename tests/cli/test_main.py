"""What the command says: its verbs, an example of each, and one line where something is wrong."""

import json

import pytest
from click.testing import CliRunner

from harness.cli.main import SECTIONS, main
from tests.commands import VERBS, commands_in, problem_of


def invoke(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    """An empty directory, to be in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_verb_stands_in_one_section_of_the_help():
    assert sorted(name for names in SECTIONS.values() for name in names) == sorted(VERBS)
    shown = invoke("--help").output
    assert all(f"\n{section}:" in shown for section in SECTIONS)
    assert "..." not in shown.partition("Options:")[2]


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_shows_an_example_that_is_right(verb):
    examples = [words for words in commands_in(VERBS[verb].help) if len(words) > 1]
    assert examples
    for words in examples:
        assert words[1] == verb
        assert problem_of(words) is None


def test_ctrl_c_ends_any_verb_with_130_and_a_word(monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("json.dumps", interrupted)
    result = invoke("schema")
    assert (result.exit_code, result.stderr) == (130, "interrupted\n")


def test_a_file_in_the_way_is_named_in_one_line(nowhere):
    (nowhere / "file").touch()
    result = invoke("init", "file/within")
    assert (result.exit_code, result.stderr) == (2, "error: file/within: Not a directory\n")


def test_a_reader_that_has_seen_enough_is_no_error(monkeypatch):
    def closed(*_):
        raise BrokenPipeError

    monkeypatch.setattr("click.echo", closed)
    assert isinstance(invoke("schema").exception, BrokenPipeError | SystemExit)


@pytest.mark.parametrize("verb", ["run", "gate"])
def test_a_plan_that_is_missing_starts_nothing(nowhere, verb):
    stage = ["--stage", "one"] if verb == "gate" else []
    result = invoke(verb, "none.yaml", *stage)
    assert result.exit_code == 2
    assert result.stderr.startswith("none.yaml: cannot be read")


def test_a_directory_without_load_tests_says_how_to_make_them(nowhere):
    invoke("init", "project")
    result = invoke("run", "project/loadtests/plans/canary.yaml")
    assert result.exit_code == 2
    assert "has no loadtests/ and no locust.conf; `harness init` makes them" in result.stderr


def test_no_runs_yet_is_said_and_is_no_error(nowhere):
    (nowhere / "reports").mkdir()
    result = invoke("runs")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "no runs in reports yet" in result.stderr
    assert json.loads(invoke("runs", "--json").output) == []
