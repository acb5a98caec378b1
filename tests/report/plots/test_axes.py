import re

import pytest
from markupsafe import Markup

from harness.report.plots.axes import TimeSpan, time_axis
from harness.report.plots.canvas import draw
from harness.report.plots.panel import Panel

WAITED = TimeSpan(5.0, 20.0, ((10.0, 85.0),))
"""10 s from t = 5 s on, a pause from 15 s to 100 s, and 10 s more."""


def texts_of(span: TimeSpan) -> str:
    def paint(panel: Panel) -> None:
        time_axis(panel, span)

    drawn: Markup = draw(paint, name="x", title="x", width=600, height=100)
    return " ".join(re.findall(r"<text[^>]*>([^<]*)<", drawn))


@pytest.mark.parametrize(("x_s", "run_time_s"), [(0.0, 5.0), (9.0, 14.0), (12.5, 102.5), (20.0, 110.0)])
def test_a_place_of_a_plot_is_a_moment_of_the_run_and_the_other_way_round(
    x_s: float, run_time_s: float
) -> None:
    assert WAITED.run_time_s(x_s) == run_time_s
    assert WAITED.x_s(run_time_s) == x_s


@pytest.mark.parametrize("run_time_s", [15.0, 15.5, 60.0, 100.0])
def test_all_of_a_pause_is_in_one_place(run_time_s: float) -> None:
    assert WAITED.x_s(run_time_s) == 10.0


def test_ticks_are_round_times_of_the_run_and_leave_out_the_pause() -> None:
    assert WAITED.end_s == 110.0
    assert texts_of(WAITED) == (
        "+00:05 +00:10 +01:40 +01:45 +01:50 since the start of the run, a pause cut out"
    )
    assert "pause" not in texts_of(TimeSpan(5.0, 20.0))
