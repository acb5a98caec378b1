"""The command's words, without starting anything."""

import json

import pytest
from click.testing import CliRunner

from harness.demo.main import command, json_line, text


class Running:
    """A variant that is said to run."""

    def __init__(self, name: str, port: int, pid: int) -> None:
        self.name, self.url, self.pid = name, f"http://127.0.0.1:{port}", pid


VARIANTS = (Running("baseline", 8080, 11), Running("canary", 8081, 12))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--canary-fault", "latncy=+25%"], "did you mean `latency`"),
        (["--baseline-fault", "errors=2"], "has no unit"),
        (["--canary-port", "70000"], "70000"),
        (["--seed", "one"], "one"),
        (["--seed", str(2**64)], "range"),
        (["--end-with", "0"], "--end-with"),
    ],
)
def test_a_wrong_word_is_named_with_exit_2(words: list[str], said: str) -> None:
    result = CliRunner().invoke(command, words)

    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""


def test_machines_are_told_addresses_and_processes_in_one_line() -> None:
    line = json_line(VARIANTS)

    assert "\n" not in line
    assert json.loads(line) == {
        "baseline": "http://127.0.0.1:8080",
        "canary": "http://127.0.0.1:8081",
        "pids": {"baseline": 11, "canary": 12},
    }


def test_people_are_told_what_to_try() -> None:
    said = text(VARIANTS)

    assert "baseline  http://127.0.0.1:8080  (pid 11)" in said
    assert "curl -X DELETE http://127.0.0.1:8081/_faults" in said
    assert "kill -HUP 12" in said
