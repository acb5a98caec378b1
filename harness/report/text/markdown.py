"""A verdict as Markdown: a summary for a pull request or a job page.

The findings of a stage that passed are folded; its notes are not.
"""

import re
from collections.abc import Mapping

from harness.judge.finding import FindingKind
from harness.judge.outcome import Outcome
from harness.judge.validity.generator import ON_TIME
from harness.judge.verdict import StageVerdict, Verdict
from harness.report.headline import headline_of
from harness.report.released import release_text
from harness.report.standing import UNDER_WAY, Standing
from harness.report.style import SYMBOLS, WORDS
from harness.report.text.finding import bounds_text, limit_text, observed_text
from harness.report.wording import NOTHING, count, cut, rate_of_planned, share

_SPECIAL = re.compile(r"([\\`*_\[\]|~])")
_MAX_CELL_LENGTH = 400


def summary_so_far(standing: Standing, plan_name: str, service: str) -> str:
    """Return the summary of a run that goes on: where it stands."""
    head = f"## {SYMBOLS[UNDER_WAY]} {standing.word.capitalize()}: {text(service)}, plan {text(plan_name)}"
    stages = [f"* {text(name)}: {text(outcome)}" for name, outcome in standing.judged.items()]
    return "\n".join([head, "", text(standing.sentence), "", *stages, ""])


def summary(verdict: Verdict, plan_name: str, service: str, release: Mapping[str, str] | None = None) -> str:
    """Return the summary: the outcome, the sentence why, the stages, and their findings."""
    about = release_text(release or {})
    lines = [
        f"## {SYMBOLS[verdict.outcome]} {headline_of(verdict).capitalize()}: "
        f"{text(service)}, plan {text(plan_name)}",
        *(["", f"Release {text(about)}"] if about else []),
        "",
        text(verdict.reason),
        "",
        "| stage | weight | outcome | canary requests | achieved of planned | late, p99 | dropped |",
        "|---|---:|---|---:|---:|---:|---:|",
        *(_stage(stage) for stage in verdict.stages),
        *(f"| {text(name)} | | {SYMBOLS['notrun']} not run | | | | |" for name in verdict.not_run),
        "",
    ]
    for stage in verdict.stages:
        lines += _findings(stage)
    return "\n".join(lines)


def _stage(stage: StageVerdict) -> str:
    late = next((observed_text(one) for one in stage.findings if one.id == ON_TIME.id), NOTHING)
    cells = (
        text(stage.name),
        share(stage.weight),
        f"{SYMBOLS[stage.outcome]} {WORDS[stage.outcome]}",
        count(stage.requests.get("canary", 0)),
        f"{rate_of_planned(stage.achieved_rate, stage.planned_rate)}",
        late,
        count(stage.dropped),
    )
    return f"| {' | '.join(cells)} |"


def _findings(stage: StageVerdict) -> list[str]:
    rows = [
        f"| {SYMBOLS[f.outcome]} {WORDS[f.outcome]} | {text(f.title)} | {observed_text(f)} "
        f"| {bounds_text(f)} | {limit_text(f)} | {count(f.n)} | {text(f.reason)} |"
        for f in stage.findings
    ]
    head = [
        "| outcome | criterion | observed | bounds | limit | n | reason |",
        "|---|---|---:|---:|---:|---:|---|",
    ]
    if stage.outcome == Outcome.PASS:
        opening = f"<details><summary>{text(stage.name)}: {len(rows)} criteria</summary>"
        return [*_notes(stage), opening, "", *head, *rows, "", "</details>", ""]
    return [f"### {text(stage.name)}", "", *head, *rows, ""]


def _notes(stage: StageVerdict) -> list[str]:
    notes = [finding for finding in stage.findings if finding.kind is FindingKind.NOTE]
    return [f"{text(stage.name)}, {text(note.title)}: {text(note.reason)}\n" for note in notes]


def text(value: str) -> str:
    """Return text from outside so that no Markdown or HTML reader takes it for markup."""
    escaped = _SPECIAL.sub(r"\\\1", cut(value, _MAX_CELL_LENGTH).replace("&", "&amp;"))
    return escaped.replace("<", "&lt;").replace(">", "&gt;").replace("@", "&#64;").lstrip("#+-=")
