"""Runs side by side: verdicts, quantiles and error rates with intervals, spectra, and the trend over runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from harness.judge.across_runs.comparability import IncomparableError, differences
from harness.record.files.replace import replace_text
from harness.record.run_directory import RunDirectory
from harness.report.across_runs.column import Column, StageCell, column
from harness.report.page.html import environment
from harness.report.plots import comparison

MAX_RUNS = 24
MAX_DRAWN = 6  # spectra in one picture, the newest: more can't be distinguished


MAX_REASONS = 30


class ComparisonError(Exception):
    """There is nothing to compare."""


@dataclass(frozen=True)
class StageRow:
    """One stage in all runs; None where a run has nothing of it."""

    name: str
    anchor: str
    cells: Sequence[tuple[Column, StageCell | None]]
    spectra: Markup | None
    trend: Markup | None


def write_comparison(runs: Sequence[RunDirectory], out: Path, *, force: bool = False) -> Path:
    """Write the page that compares runs, in order of their start, and return its path.

    Raises IncomparableError for runs of different service, load, stages, machine or mix of requests, unless
    `force` shows them anyway, marked; ComparisonError for fewer than two runs or more than fit a page.
    """
    distinct = {run.path: run for run in runs}
    if not 2 <= len(distinct) <= MAX_RUNS:
        raise ComparisonError(f"a comparison needs 2 to {MAX_RUNS} different runs, not {len(distinct)}")
    ordered = sorted(distinct.values(), key=lambda run: (run.run["epoch_s"], run.path.name))
    columns = [column(run, number) for number, run in enumerate(ordered, 1)]
    first, *others = columns
    reasons = [why for other in others for why in differences(first.conditions, other.conditions)]
    if reasons and not force:
        raise IncomparableError("these runs are not alike", _bounded(reasons))
    replace_text(out, render_comparison(columns, _bounded(reasons)))
    return out


def _bounded(reasons: Sequence[str]) -> list[str]:
    more = len(reasons) - MAX_REASONS
    return [*reasons[:MAX_REASONS], *([f"and {more} more"] if more > 0 else [])]


def render_comparison(columns: Sequence[Column], reasons: Sequence[str]) -> str:
    """Return the page; `reasons` are what else the runs differ in."""
    names = dict.fromkeys(name for one in columns for name in one.cells)
    stages = [_stage_row(number, name, columns) for number, name in enumerate(names, 1)]
    page = environment().get_template("compare.html")
    return page.render(columns=columns, stages=stages, reasons=reasons, most_drawn=MAX_DRAWN)


def _stage_row(number: int, name: str, columns: Sequence[Column]) -> StageRow:
    cells = [(one, one.cells.get(name)) for one in columns]
    known = [(one, cell) for one, cell in cells if cell is not None]
    drawn = known[-MAX_DRAWN:]
    return StageRow(
        name=name,
        anchor=f"stage-{number}",
        cells=cells,
        spectra=comparison.spectra(
            [(one.number, cell.spectrum) for one, cell in drawn], name=f"s{number}-spectra"
        ),
        trend=comparison.trend(
            [(one.number, cell.times_ms["p95"], cell.baseline_ms["p95"]) for one, cell in known],
            name=f"s{number}-trend",
        ),
    )
