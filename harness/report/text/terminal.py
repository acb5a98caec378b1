"""A verdict for a terminal or a pipe: the outcome, the sentence why, a line per criterion; 80 columns do."""

from collections.abc import Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from harness.judge.finding import Finding
from harness.judge.outcome import Outcome
from harness.judge.verdict import StageVerdict, Verdict
from harness.report.style import VARIANT_ORDER
from harness.report.text.finding import bounds_text, observed_text
from harness.report.text.outcome import outcome_text
from harness.report.wording import NOTHING, count, cut, rate_of_planned, share, visible


def print_verdict(verdict: Verdict, console: Console) -> None:
    """Print the whole verdict; colours and symbols only repeat what the words say."""
    for stage in verdict.stages:
        console.print(_heading(stage, console))
        console.print(_table(stage.findings, console))
        for finding in stage.findings:
            if finding.outcome != Outcome.PASS:
                console.print(Text(f"  {visible(finding.title)}: {visible(finding.reason)}"), highlight=False)
        console.print()
    if verdict.not_run:
        console.print(Text(f"not run: {', '.join(cut(name, 40) for name in verdict.not_run)}", style="dim"))
    console.print(
        Text.assemble(
            outcome_text(verdict.outcome, console, verdict.rollback), "  ", visible(verdict.reason)
        ),
        highlight=False,
    )


def _heading(stage: StageVerdict, console: Console) -> Text:
    known = (name for name in VARIANT_ORDER if name in stage.requests)
    requests = " + ".join(f"{count(stage.requests[name])} {name}" for name in known)
    numbers = (
        f"  {share(stage.weight)}, {rate_of_planned(stage.achieved_rate, stage.planned_rate)}, {requests}"
    )
    return Text.assemble(
        (cut(stage.name, 30), "bold"), "  ", outcome_text(stage.outcome, console), (numbers, "dim")
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
