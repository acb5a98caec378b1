"""Finds `harness` and `locust` commands in a text and checks them against the real ones; runs nothing."""

import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

import click

from harness.cli.main import main

_COMMAND = re.compile(r"^(?:\$ |- )?(?:\.venv/bin/)?((?:harness|locust)(?: .*)?)$")
_TOP = click.Context(main)
VERBS = {name: main.get_command(_TOP, name) for name in main.list_commands(_TOP)}
_ENDS = {"||", "&&", "|", ";", ">", "…"}


def commands_in(text):
    """Return every line of a shell text that calls `harness` or `locust`, as lists of words."""
    joined = text.replace("\\\n", " ")
    found = [_COMMAND.match(line.strip()) for line in joined.splitlines()]
    return [_words(match[1]) for match in found if match]


def _words(line):
    words = shlex.split(line, comments=True)
    ends = [index for index, word in enumerate(words) if word in _ENDS]
    return words[: ends[0]] if ends else words


def problem_of(command):
    """Return what is wrong with a command, or None; a shell variable stands for a value that fits."""
    program, *words = [re.sub(r"^\$\w+$", "1", word) for word in command]
    if program == "locust":
        return _unknown_to_locust(words)
    if words in (["--help"], ["--version"]):
        return None
    if not words or words[0] not in VERBS:
        return f"no verb: {' '.join(command)}"
    return _refused(words[0], words[1:])


def _refused(verb, words):
    # The embedded service reads its own words; its page is held true by tests of its own.
    if verb == "demo" or "--help" in words:
        return None
    try:
        context = VERBS[verb].make_context(verb, list(words), parent=_TOP)
    except click.ClickException as error:
        return error.format_message()
    return _unknown_to_locust(context.params.get("arguments", ()))


def _unknown_to_locust(words):
    unknown = [word for word in words if word.startswith("-") and word.split("=")[0] not in _locust_options()]
    return f"locust has no option {unknown[0]}" if unknown else None


@cache
def _locust_options():
    loadtests = Path(__file__).parents[1] / "loadtests"
    shown = subprocess.run(
        [sys.executable, "-m", "locust", "-f", str(loadtests), "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    return frozenset(re.findall(r"(?<![\w-])--?[a-zA-Z][\w-]*", shown.stdout))
