from math import nan
from xml.etree import ElementTree as ET

import pytest

from harness.report.plots.panel import Panel


@pytest.fixture
def panel() -> Panel:
    """An area of 100 by 100 px for values from 0 to 10."""
    made = Panel(0, 0, 100, 100)
    made.span_x(0, 10)
    made.span_y(0, 10)
    return made


def drawn(panel: Panel, kind: str, colour: str) -> list[ET.Element]:
    root = ET.fromstring(f"<svg>{panel.svg('edge')}</svg>")
    return [shape for shape in root.iter(kind) if f"var(--{colour})" in shape.get("style", "")]


def test_a_gap_in_the_values_is_a_gap_in_the_line(panel: Panel) -> None:
    panel.line([0, 1, 2, 3, 4], [1, 2, nan, 3, 4], "canary", 2)
    assert [shape.get("d") for shape in drawn(panel, "path", "canary")] == ["M0 90L10 80", "M30 70L40 60"]


def test_a_point_without_neighbours_is_a_dot(panel: Panel) -> None:
    panel.line([0, 1, 2, 3, 4], [nan, 5, nan, nan, nan], "canary", 1)
    (dot,) = drawn(panel, "circle", "canary")
    assert (dot.get("cx"), dot.get("cy")) == ("10", "50")


def test_a_band_has_the_gaps_of_its_edges(panel: Panel) -> None:
    panel.band([0, 1, 2, 3, 4], [1, 2, nan, 3, 4], [2, 3, nan, 4, 5], "canary")
    assert [shape.get("d") for shape in drawn(panel, "path", "canary")] == [
        "M0 80L10 70L10 80L0 90Z",
        "M30 60L40 50L40 60L30 70Z",
    ]


def test_dashes_are_as_long_as_their_line_is_wide(panel: Panel) -> None:
    panel.across(5, "limit", 2, (4, 1.5))
    (line,) = drawn(panel, "path", "limit")
    assert line.get("stroke-dasharray") == "8 3"


def test_curves_cover_limits_and_limits_cover_the_grid(panel: Panel) -> None:
    panel.line([0, 10], [1, 2], "canary", 2)
    panel.across(5, "limit")
    panel.y_tick(5, "5")
    panel.shade(0, 3)
    svg = panel.svg("edge")
    order = [svg.index(f"var(--{colour})") for colour in ("shade", "grid", "limit", "canary")]
    assert order == sorted(order)


def test_a_text_is_escaped_and_lies_where_it_was_put(panel: Panel) -> None:
    panel.text("<b> & c", 100, 50, "limit", 10, "end", "middle")
    (text,) = drawn(panel, "text", "limit")
    assert text.text == "<b> & c"
    assert (text.get("x"), text.get("y"), text.get("text-anchor")) == ("100", "53.5", "end")
