import pytest

from harness.judge.outcome import Outcome
from harness.report.style import COLOURS, MEANINGS, SYMBOLS, WORDS, css_variables


def luminance(colour: str) -> float:
    """WCAG 2 relative luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


TEXTS = ["ink", "muted", "baseline", "canary", "generator", "limit", *Outcome, "notrun", "notyet", "underway"]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("ground", ["paper", "card", "shade"])
@pytest.mark.parametrize("text", TEXTS)
def test_every_text_colour_is_readable_on_every_ground(text: str, ground: str, theme: str) -> None:
    assert contrast(getattr(COLOURS[text], theme), getattr(COLOURS[ground], theme)) >= 4.5


def test_every_outcome_has_a_colour_a_symbol_a_word_and_a_meaning() -> None:
    for outcome in (*Outcome, "notrun", "notyet", "underway"):
        assert all(outcome in given for given in (COLOURS, SYMBOLS, WORDS, MEANINGS))
    assert len(set(SYMBOLS.values())) == len(SYMBOLS)


def test_dark_colours_are_for_screens_only() -> None:
    bright, dim = css_variables().split("@media screen and (prefers-color-scheme:dark)")
    assert COLOURS["paper"].light in bright
    assert COLOURS["paper"].dark in dim
