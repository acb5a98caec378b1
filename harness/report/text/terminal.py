"""A verdict for a terminal or a pipe: the outcome, the sentence why, a line per criterion; 80 columns do.

What did not pass has its sentence below the lines, and so has each note.
"""

from collections.abc import Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from harness.judge.finding import Finding, FindingKind
from harness.judge.outcome import Outcome
from harness.judge.verdict import StageVerdict, Verdict
from harness.report.standing import NOT_YET, UNDER_WAY, Standing
from harness.report.style import VARIANT_ORDER, WORDS
from harness.report.text.finding import bounds_text, observed_text
from harness.report.text.outcome import outcome_text
from harness.report.wording import NOTHING, count, cut, rate_of_planned, share, visible


def print_verdict(verdict: Verdict, console: Console, standing: Standing | None = None) -> None:
    """Print the whole verdict; colours and symbols only repeat what the words say.

    With a `standing` it is that of a run that goes on, as if it had ended now, and no word is final.
    """
    for stage in verdict.stages:
        outcome = standing.outcome_of(stage.name, has_begun=True) if standing else str(stage.outcome)
        console.print(_heading(stage, outcome, console))
        # A stage that is not at its end is neither complete nor delivered.
        is_over = outcome not in (UNDER_WAY, NOT_YET)
        findings = [one for one in stage.findings if is_over or one.kind is not FindingKind.VALIDITY]
        console.print(_table(findings, console))
        for finding in findings:
            if finding.outcome != Outcome.PASS or finding.kind is FindingKind.NOTE:
                console.print(Text(f"  {visible(finding.title)}: {visible(finding.reason)}"), highlight=False)
        console.print()
    if verdict.not_run:
        not_run = WORDS[NOT_YET if standing else "notrun"]
        console.print(Text(f"{not_run}: {', '.join(cut(name, 40) for name in verdict.not_run)}", style="dim"))
    head, reason = outcome_text(verdict.outcome, console, verdict.rollback), verdict.reason
    if standing is not None:
        head, reason = outcome_text(UNDER_WAY, console, words=standing.word), standing.sentence
    console.print(Text.assemble(head, "  ", visible(reason)), highlight=False)


def _heading(stage: StageVerdict, outcome: str, console: Console) -> Text:
    known = (name for name in VARIANT_ORDER if name in stage.requests)
    requests = " + ".join(f"{count(stage.requests[name])} {name}" for name in known)
    numbers = (
        f"  {share(stage.weight)}, {rate_of_planned(stage.achieved_rate, stage.planned_rate)}, {requests}"
    )
    return Text.assemble(
        (cut(stage.name, 30), "bold"), "  ", outcome_text(outcome, console), (numbers, "dim")
    )


def _table(findings: Sequence[Finding], console: Console) -> Padding:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(justify="right", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    for finding in findings:
        table.add_row(
            outcome_text(finding.outcome, console),
            Text(cut(finding.title, 44)),
            Text(observed_text(finding)),
            Text("" if bounds_text(finding) == NOTHING else f"[{bounds_text(finding)}]"),
        )
    return Padding(table, (0, 0, 0, 2), expand=False)
