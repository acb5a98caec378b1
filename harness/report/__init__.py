"""How people see a run: a page, a table, a line while it lasts; from the run directory alone."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.record.run_directory import RunDirectory

__all__ = ["write_report"]


def write_report(run: "RunDirectory") -> list[Path]:
    """Write report.html, summary.md and junit.xml into a run directory and return their paths."""
    # Loaded on first use, so that showing progress does not load the page.
    from harness.report.write import write_report as write

    return write(run)
