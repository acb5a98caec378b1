"""The one palette: what each colour, symbol and word means, on paper, in the light and in the dark."""

from collections.abc import Mapping
from dataclasses import dataclass

from harness.plan.variant import Variant


@dataclass(frozen=True)
class Colour:
    """One meaning with its light and its dark value."""

    light: str
    dark: str


COLOURS: Mapping[str, Colour] = {
    "paper": Colour("#fcfcfa", "#121417"),
    "card": Colour("#ffffff", "#1a1d21"),
    "ink": Colour("#1c2024", "#e7e9ec"),
    "muted": Colour("#565f69", "#a3acb6"),
    "rule": Colour("#d8dce1", "#363c44"),
    "grid": Colour("#eaedf0", "#272c32"),
    "shade": Colour("#f3f4f2", "#20242a"),
    "baseline": Colour("#1466a8", "#6db3f2"),
    "canary": Colour("#b04a04", "#f39c4c"),
    "control": Colour("#3d6b1f", "#9bcf72"),
    "generator": Colour("#5d6670", "#9ba5b0"),
    "run1": Colour("#0b5c8f", "#7cc0f7"),
    "run2": Colour("#9a4f00", "#f0a457"),
    "run3": Colour("#0d6a52", "#5fc9a3"),
    "run4": Colour("#8a2b74", "#ea93d2"),
    "run5": Colour("#5a5d00", "#cdd05c"),
    "run6": Colour("#5b4bb0", "#b5a9fb"),
    "limit": Colour("#a8123e", "#ff8195"),
    "pass": Colour("#0a6b4d", "#57c596"),
    "inconclusive": Colour("#7d5a00", "#e2b742"),
    "invalid": Colour("#68489c", "#bda3f5"),
    "fail": Colour("#b0121f", "#ff7f76"),
    "notrun": Colour("#5f6872", "#99a3ae"),
    "notyet": Colour("#5f6872", "#99a3ae"),
    "underway": Colour("#1466a8", "#6db3f2"),
}

VARIANT_ORDER = (Variant.CANARY, Variant.CONTROL, Variant.BASELINE)
"""The canary comes first, then what it is compared with."""

RUN_COLOURS = ("run1", "run2", "run3", "run4", "run5", "run6")

SYMBOLS: Mapping[str, str] = {
    "pass": "✓",
    "inconclusive": "?",
    "invalid": "!",
    "fail": "✕",
    "notrun": "–",
    "notyet": "·",
    "underway": "…",
}

WORDS: Mapping[str, str] = {
    "pass": "pass",
    "inconclusive": "inconclusive",
    "invalid": "invalid",
    "fail": "fail",
    "notrun": "not run",
    "notyet": "not begun",
    "underway": "under way",
}

MEANINGS: Mapping[str, str] = {
    "pass": "Every criterion held, with the confidence the plan asks for.",
    "inconclusive": "The evidence shows neither that the criteria held nor that they were broken.",
    "invalid": "The measurement cannot be trusted, or there was nothing to judge.",
    "fail": "At least one criterion was broken.",
    "notrun": "The run ended before this stage.",
    "notyet": "The run has not come to this stage yet.",
    "underway": "Nothing is decided yet.",
}


ADVICE: Mapping[str, str] = {
    "inconclusive": "This is not a pass: what decided it, below, says what the evidence lacks.",
    "invalid": "This says nothing about the canary, good or bad: fix the cause and run again.",
}


def light(name: str) -> str:
    """Return the colour of `name` on a light ground, for pages of others."""
    return COLOURS[name].light


def css_variables() -> str:
    """Return the palette as CSS: light by default and in print, dark where the reader prefers it."""
    bright = "".join(f"--{name}:{colour.light};" for name, colour in COLOURS.items())
    dim = "".join(f"--{name}:{colour.dark};" for name, colour in COLOURS.items())
    return f":root{{{bright}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{dim}}}}}"
