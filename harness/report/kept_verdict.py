"""The verdict that a run directory keeps, for everything that shows runs."""

from harness.judge.codec import VerdictError, from_json
from harness.judge.verdict import Verdict
from harness.record.run_directory import RunDirectory, RunError
from harness.report.standing import standing_of


def read_verdict(run: RunDirectory) -> tuple[Verdict | None, str]:
    """Return the verdict of a run, or None and why there is none."""
    try:
        text = run.read_verdict()
    except RunError as error:
        return None, f"This run has no verdict: {error}."
    if text is None:
        return None, _unjudged(run)
    try:
        return from_json(text), ""
    except VerdictError as error:
        return None, f"This run has no verdict: {error}."


def _unjudged(run: RunDirectory) -> str:
    if standing := standing_of(run):
        return standing.sentence
    return "This run has no verdict: it was not judged, or was stopped before it could be."
