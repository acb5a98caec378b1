"""A report as one self-contained page: no script, no network, every text from outside escaped."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from harness.report import wording
from harness.report.page import overview
from harness.report.page.stage_plots import draw_stage
from harness.report.page.view import Report
from harness.report.plots.canvas import WIDE
from harness.report.style import ADVICE, MEANINGS, SYMBOLS, WORDS, css_variables

if TYPE_CHECKING:
    from jinja2 import Environment

PAGES = Path(__file__).parent / "templates"

REVIEW = (
    ("Metrics reviewed", "Were all metrics within their thresholds, in every stage? Which came close?"),
    ("Error logs checked", "What failed, and is each kind of error above understood?"),
    ("Performance verified", "Does the canary hold at full traffic for as long as the plan asks?"),
    ("Results and decisions", "Go live, repeat a stage, or go back; who decided, and when."),
    ("What we learned", "What surprised us, what we change before the next rollout, and who does it."),
)


def render(report: Report) -> str:
    """Return the whole page."""
    plots = {
        "stages": {stage.number: draw_stage(stage) for stage in report.stages},
        "overview": overview.run(report.overview, name="run", width=WIDE) if report.overview else None,
        "overview_narrow": overview.run(report.overview, name="run-narrow") if report.overview else None,
    }
    page = environment().get_template("report.html")
    return page.render(report=report, plots=plots, review=REVIEW)


@cache
def environment() -> "Environment":
    """Return the templates with filters that format numbers and neutralize text from outside."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    found = Environment(
        loader=FileSystemLoader(PAGES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: Mapping[str, Callable[..., Any]] = {
        name: getattr(wording, name)
        for name in (
            "bounded",
            "change",
            "clock",
            "count",
            "cut",
            "duration",
            "latency",
            "points",
            "quantity",
            "rate",
            "share",
            "together",
            "visible",
            "wall",
        )
    }
    found.filters |= {**filters, "pos": lambda value: f"{value:.2f}"}
    css = Markup(css_variables() + (PAGES / "page.css").read_text("utf-8"))  # noqa: S704 - our own file
    found.globals |= {"symbols": SYMBOLS, "words": WORDS, "meanings": MEANINGS, "advice": ADVICE, "css": css}
    return found
