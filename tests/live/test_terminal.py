import logging
from io import StringIO

import pytest
from rich.console import Console

from harness.live.terminal import Display
from harness.plan.variant import Variant
from harness.record.histograms.account import Account
from harness.report.text.progress import ProgressLine
from tests.live.windows import figures_of, is_close, progress, window

BOTH = (Variant.BASELINE, Variant.CANARY)


class Screen:
    """Keeps the snapshots it is to show."""

    def __init__(self):
        self.shown = []

    def update(self, snapshot):
        self.shown.append(snapshot)

    def close(self):
        """It keeps what it has."""

    def make_room(self):
        """It has no picture."""


def show(screen, figures, *seen):
    """Show some progress on a screen, and leave it."""
    display = Display(screen, figures)
    for each in seen:
        display(each)
    display.close()


def accounts():
    return {variant: Account(due=100, completed=90, failed=4, dropped=1, open=5) for variant in BOTH}


def test_nothing_is_shown_before_the_first_window_has_closed():
    screen = Screen()
    show(screen, figures_of(), progress(accounts()))
    assert screen.shown == []


def test_counts_are_those_of_the_moment_and_percentiles_those_of_the_windows():
    screen = Screen()
    show(screen, figures_of(window(0)), progress(accounts()))
    (shown,) = screen.shown
    assert (shown.stage, shown.index, shown.stages, shown.state) == ("half", 0, 2, "running")
    assert (shown.requests["canary"], shown.errors["canary"], shown.dropped, shown.in_flight) == (
        94,
        4,
        2,
        10,
    )
    assert (shown.offered_per_s, shown.achieved_per_s) == (100.0, 100.0)
    assert is_close(shown.p95_us["canary"], 30_000)
    assert is_close(shown.lateness_p99_us, 100)


def test_an_extended_stage_is_shown_with_its_whole_length():
    screen, figures = Screen(), figures_of(window(0))
    figures.extend("half", 600.0)
    show(screen, figures, progress(accounts(), elapsed_s=400.0))
    assert (screen.shown[0].elapsed_s, screen.shown[0].duration_s) == (400.0, 600.0)


@pytest.fixture
def terminal():
    """What a terminal gets, from the picture and from the log."""
    out, log = StringIO(), logging.getLogger("harness")
    handler = logging.StreamHandler(out)
    log.addHandler(handler)
    yield out
    log.removeHandler(handler)


def test_a_line_of_the_log_stands_below_the_picture_and_is_not_overwritten_by_the_next(terminal):
    console = Console(file=terminal, force_terminal=True, width=120)
    display = Display(ProgressLine(console, lambda: 0.0), figures_of(window(0)))
    display(progress(accounts()))
    logging.getLogger("harness").warning("Stage half passed and waits for a person")
    display(progress(accounts()))
    display.close()
    before, line, after = terminal.getvalue().partition("Stage half passed and waits for a person\n")
    assert line
    assert before.removesuffix("\x1b[?25h").endswith("\n")
    # Moving up before the new picture begins would write over the line.
    assert "\x1b[1A" not in after.partition("1/2")[0]
    assert not logging.getLogger("harness").filters
