import re
from collections.abc import Callable
from math import nan
from xml.etree import ElementTree as ET

import pytest
from markupsafe import Markup

from harness.report.data.series import Curve
from harness.report.page import overview
from harness.report.page.view import Overview
from harness.report.plots import delivery, latency
from harness.report.plots.axes import EventMark, LimitLine, TimeSpan, signs_together, time_axis
from harness.report.plots.canvas import draw
from harness.report.plots.panel import Panel

SPAN = TimeSpan(30, 100)
X = [float(x) for x in range(0, 100, 10)]
CANARY = Curve("p95", "canary", X, [47 + x / 100 for x in X])
BASELINE = Curve("p95", "baseline", X, [46.0] * 10)
NOTHING = Curve("p95", "canary", (), ())
GAPS = Curve("p95", "canary", X, [nan] * 5 + [3.0] + [nan] * 4)


def over_time(name: str) -> Markup:
    return latency.over_time(
        [CANARY, BASELINE], [LimitLine(55, "p95 < 55ms")], [EventMark(50, "1")], SPAN, name=name
    )


def spectrum(name: str) -> Markup:
    curve = Curve("response", "canary", [0, 1, 2, 3], [1, 5, 9, 20])
    return latency.spectrum([curve], [latency.Corner(1.3, 15, "p95 < 15ms")], name=name, title="Spectrum")


def difference(name: str) -> Markup:
    rows = [latency.LatencyDifference("p50", 1, -2, 4), latency.LatencyDifference("p95", 12, 8, 16)]
    return latency.difference(rows, [("p95", 10.0)], name=name, reference="baseline")


def load(name: str) -> Markup:
    rate = Curve("due", "generator", X, [1000.0] * 10)
    sends, timer = (Curve(name, "generator", X, [0.1] * 10) for name in ("sends", "timer"))
    given = delivery.Delivery(
        rate, rate, rate, sends, timer, LimitLine(25, "25 ms"), rate, LimitLine(95, "95%")
    )
    return delivery.delivery(given, SPAN, name=name)


def split(name: str) -> Markup:
    return delivery.split(Curve("split", "canary", X, [5.0] * 10), 5.0, SPAN, name=name)


def errors(name: str) -> Markup:
    return delivery.over_time(
        [CANARY], [LimitLine(0.1, "error rate < 0.1%")], SPAN, unit="%", name=name, title="Errors"
    )


def run(name: str) -> Markup:
    given = Overview(
        SPAN, [CANARY, BASELINE], [(0, 50, "canary-5"), (50, 100, "canary-25")], [(0, 50, 55.0)], []
    )
    return overview.run(given, name=name)


ALL: list[Callable[[str], Markup]] = [over_time, spectrum, difference, load, split, errors, run]


@pytest.mark.parametrize("plot", ALL)
def test_a_plot_is_well_formed_and_named_for_those_who_cannot_see_it(plot: Callable[[str], Markup]) -> None:
    root = ET.fromstring(plot("one"))
    assert root.get("role") == "img"
    assert root.find("title") is not None
    assert root.get("aria-labelledby") == "one-title"


@pytest.mark.parametrize("plot", ALL)
def test_a_plot_takes_every_colour_from_the_page(plot: Callable[[str], Markup]) -> None:
    svg = plot("one")
    assert "var(--" in svg
    assert not re.search(r"#[0-9a-f]{6}\b", svg)
    assert "font-family" not in svg


@pytest.mark.parametrize("plot", ALL)
def test_two_plots_on_one_page_share_no_id(plot: Callable[[str], Markup]) -> None:
    ids = [set(re.findall(r'\bid="([^"]+)"', plot(name))) for name in ("one", "two")]
    assert ids[0]
    assert not ids[0] & ids[1]


@pytest.mark.parametrize("plot", ALL)
def test_every_reference_in_a_plot_leads_to_an_id_in_it(plot: Callable[[str], Markup]) -> None:
    svg = plot("one")
    ids = set(re.findall(r'\bid="([^"]+)"', svg))
    assert set(re.findall(r'(?:url\(#|href="#)([^")]+)', svg)) <= ids


@pytest.mark.parametrize("plot", ALL)
def test_the_same_data_draws_the_same_bytes(plot: Callable[[str], Markup]) -> None:
    assert plot("one") == plot("one")


def test_numbers_in_texts_are_left_alone_when_coordinates_are_shortened() -> None:
    def paint(panel: Panel) -> None:
        panel.text("99.999 : 1; 2", 0.123456, 0.5, "ink")

    svg = draw(paint, name="one", title="Text")
    assert "99.999 : 1; 2" in svg
    assert not re.search(r'(?:x|y)="\d+\.\d{2,}"', svg)


def test_texts_in_a_plot_are_escaped() -> None:
    svg = latency.over_time([CANARY], [LimitLine(50, "<script>p95 & more</script>")], [], SPAN, name="one")
    assert "<script>" not in svg
    assert "&lt;script&gt;p95 &amp; more" in svg


def test_a_limit_far_above_the_data_is_named_instead_of_flattening_it() -> None:
    svg = latency.over_time([CANARY], [LimitLine(5000, "p95 > 5s for 10m")], [], SPAN, name="one")
    assert "↑ above: p95 &gt; 5s for 10m" in svg


@pytest.mark.parametrize("curve", [NOTHING, GAPS, Curve("p95", "canary", [5.0], [3.0])])
def test_curves_with_nothing_or_little_to_show_are_drawn_without_complaint(curve: Curve) -> None:
    assert "<svg" in latency.over_time([curve], [LimitLine(5, "limit")], [], SPAN, name="one")
    assert "<svg" in delivery.over_time([curve], [], SPAN, unit="%", name="two", title="Any")
    assert "<svg" in delivery.split(curve, 5.0, SPAN, name="three")


def test_signs_of_moments_close_together_share_one_place() -> None:
    moments = [EventMark(1.0, "1"), EventMark(9.0, "2"), EventMark(9.1, "3"), EventMark(9.2, "4")]
    assert signs_together(moments, close_s=0.5) == [(1.0, "1"), (9.1, "2–4")]


@pytest.mark.parametrize(
    ("nines", "named"),
    [(3, ["p90", "p99", "p99.9", "p50"]), (9, ["p99", "p99.99", "p99.9999", "p99.999999"])],
)
def test_percentiles_are_named_as_many_as_there_is_room_for(nines: int, named: list[str]) -> None:
    curve = Curve("response", "canary", [0, nines], [1, 20])
    root = ET.fromstring(latency.spectrum([curve], [], name="deep", title="Spectrum"))
    shown = [text for each in root.iter() if (text := (each.text or "").strip()).startswith("p")]
    assert [text for text in shown if re.fullmatch(r"p[\d.]+", text)] == named


@pytest.mark.parametrize(
    ("span", "ticks"),
    [
        (TimeSpan(30, 100), ["+00:40", "+01:00", "+01:20", "+01:40", "+02:00"]),
        (TimeSpan(0, 8), ["+00:00", "+00:02", "+00:04", "+00:06", "+00:08"]),
        (TimeSpan(86_390, 7200), ["+24:00:00", "+24:30:00", "+25:00:00", "+25:30:00"]),
        (TimeSpan(5, 0), ["+00:05"]),
    ],
)
def test_the_time_axis_of_every_plot_goes_by_the_clock_of_the_run(span: TimeSpan, ticks: list[str]) -> None:
    panel = Panel(0, 0, 400, 100)
    time_axis(panel, span)
    assert re.findall(r">(\+[\d:]+)<", panel.svg("one")) == ticks


def test_lateness_of_the_sends_and_of_the_timer_are_told_apart_by_their_lines_and_their_names() -> None:
    svg = load("one")
    assert (svg.count(">sends<"), svg.count(">timer<")) == (1, 1)
    assert len(set(re.findall(r'stroke-width="1.4"([^>]*)style="stroke:var\(--generator', svg))) == 2
