"""Plan files as hands, templates and merges leave them."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache
from pathlib import Path

from harness.plan.loader import parse_plan
from harness.plan.yaml.problem import PlanError
from tests.campaign.fault import Fault, Seen, Truth

_PLANS = Path(__file__).parents[2] / "loadtests" / "plans"
_VALUES = (
    *("", "null", "-1", "0", "1e400", ".nan", "[]", "{}", "[[", "'", "&a", "*a", "yes", "100%", "-5%", "5s"),
    *("p95 <", "p95 < baseline + ", "http://[", "${HOME}", "\t", "\x00", "\ud7ff", "? : - ", "<<: *a", "|"),
    *("!!python/object:os.system", "x" * 9000),
)


def draw(chance: random.Random) -> Fault:
    """Choose a plan that works and damage its text."""
    text, (name, damage) = chance.choice(_originals()), chance.choice(_DAMAGES)
    damaged = text
    for _ in range(chance.randrange(1, 4)):
        damaged = damage(damaged, chance)

    def play() -> Seen:
        try:
            parse_plan(damaged)
        except PlanError as problems:
            return Seen(is_lost=not str(problems).strip(), said=str(problems))
        return Seen()

    return Fault(name, Truth.OPEN, play)


@cache
def _originals() -> tuple[str, ...]:
    return tuple(path.read_text() for path in sorted(_PLANS.glob("*.yaml")))


def _value(text: str, chance: random.Random) -> str:
    lines = text.splitlines()
    number = chance.randrange(len(lines))
    key, colon, _ = lines[number].partition(":")
    lines[number] = f"{key}{colon} {chance.choice(_VALUES)}"
    return "\n".join(lines)


def _line_gone(text: str, chance: random.Random) -> str:
    lines = text.splitlines()
    del lines[chance.randrange(len(lines))]
    return "\n".join(lines)


def _line_twice(text: str, chance: random.Random) -> str:
    lines = text.splitlines()
    lines.insert(chance.randrange(len(lines)), chance.choice(lines))
    return "\n".join(lines)


def _indented(text: str, chance: random.Random) -> str:
    lines = text.splitlines()
    number = chance.randrange(len(lines))
    lines[number] = chance.choice([" ", "  ", "\t"]) + lines[number]
    return "\n".join(lines)


def _characters(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text))
    return text[:at] + chance.choice("{}[]:,'\"%<>=&*|\n \x07é") + text[at + chance.randrange(3) :]


def _torn(text: str, chance: random.Random) -> str:
    return text[: chance.randrange(1, len(text))]


_DAMAGES: tuple[tuple[str, Callable[[str, random.Random], str]], ...] = (
    ("a value is another", _value),
    ("a line is gone", _line_gone),
    ("a line is there twice", _line_twice),
    ("a line is indented", _indented),
    ("characters are changed", _characters),
    ("the file is torn", _torn),
)
