"""Writes the report's files into a run directory; the verdict itself is the judge's alone."""

from collections.abc import Mapping
from pathlib import Path

from harness.judge.outcome import Outcome
from harness.judge.verdict import Verdict
from harness.record.ahead import read_ahead
from harness.record.evidence import load_evidence
from harness.record.files.replace import replace_text
from harness.record.run_directory import RunDirectory, RunError
from harness.report.data.stage_span import stage_spans
from harness.report.kept_verdict import read_verdict
from harness.report.page.compose import compose
from harness.report.page.html import render
from harness.report.released import release_of
from harness.report.standing import standing_of
from harness.report.text.junit import junit
from harness.report.text.markdown import summary, summary_so_far


def write_report(run: RunDirectory) -> list[Path]:
    """Write report.html, summary.md and junit.xml and return their paths.

    Nothing is judged here: without a readable verdict.json all three say so, and their outcome is invalid.
    Of a run that goes on the page and the summary say where it stands; for programs there is nothing yet.
    RunError when the run's plan cannot be read.
    """
    verdict, unjudged = read_verdict(run)
    evidence = load_evidence(run, read=read_ahead)
    standing = None if verdict else standing_of(run)
    report = compose(run.run, plan_text(run), evidence, verdict, unjudged, standing)
    if standing is not None:
        so_far = summary_so_far(standing, report.plan_name, report.service)
        return _written(run, {"report.html": render(report), "summary.md": so_far})
    release = release_of(run.run)
    shown = verdict or Verdict(Outcome.INVALID, unjudged, ())
    texts = {
        "report.html": render(report),
        "summary.md": summary(shown, report.plan_name, report.service, release),
        "junit.xml": junit(shown, report.plan_name, release, stage_spans(report.epoch_s, evidence.events)),
    }
    return _written(run, texts)


def _written(run: RunDirectory, texts: Mapping[str, str]) -> list[Path]:
    for name, text in texts.items():
        replace_text(run.path / name, text)
    return [run.path / name for name in texts]


def plan_text(run: RunDirectory) -> str:
    """Return plan.yaml as given, or a note that it is missing."""
    try:
        return run.read_plan_text()
    except RunError:
        # Not the error's own text: it names a path of this machine, and a page is the same everywhere.
        return "plan.yaml cannot be read: it is missing, too large, not UTF-8 or no regular file."
