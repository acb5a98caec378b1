"""Nothing hangs on the wording of a verdict: turn its sentences and names to nonsense, and all else stays."""

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console

from harness.ci.github import of_verdict
from harness.judge.finding import Finding
from harness.judge.verdict import StageVerdict, Verdict
from harness.plan.places import PlanLines
from harness.plan.yaml.source import read_source
from harness.record.evidence import load_evidence
from harness.record.run_directory import RunDirectory
from harness.report.kept_verdict import read_verdict
from harness.report.page.compose import compose
from harness.report.page.html import render
from harness.report.text.junit import junit
from harness.report.text.markdown import summary
from harness.report.text.terminal import print_verdict
from tests.report import verdicts

OUTCOMES = ["pass", "fail", "inconclusive", "invalid"]


def nonsense(text: str) -> str:
    """Return a text as long and as broken into words, that says nothing."""
    return re.sub(r"[A-Za-z0-9]", "x", text)


def reworded(verdict: Verdict) -> Verdict:
    return replace(
        verdict,
        reason=nonsense(verdict.reason),
        stages=tuple(stage_reworded(each) for each in verdict.stages),
    )


def stage_reworded(stage: StageVerdict) -> StageVerdict:
    early = stage.early_fail and replace(
        stage.early_fail,
        criterion=nonsense(stage.early_fail.criterion),
        reason=nonsense(stage.early_fail.reason),
    )
    return replace(stage, findings=tuple(map(finding_reworded, stage.findings)), early_fail=early)


def finding_reworded(finding: Finding) -> Finding:
    return replace(finding, reason=nonsense(finding.reason), criterion=nonsense(finding.criterion))


class Skeleton(HTMLParser):
    """Collects the tags of a page with what they are and where they lead, and none of its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, [pair for pair in attrs if pair[0] != "aria-label"]))


def shape_of_junit(text: str) -> list[tuple[str, dict[str, str]]]:
    return [
        (each.tag, {key: value for key, value in each.attrib.items() if key not in ("name", "message")})
        for each in ET.fromstring(text).iter()
    ]


def shape_of_markdown(text: str) -> list[str]:
    """Keep the numbers of each row, and drop the names and sentences."""
    return [" | ".join(line.split(" | ")[slice(2, 6)]) if "|" in line else "" for line in text.splitlines()]


def printed(verdict: Verdict) -> str:
    console = Console(file=io.StringIO(), width=100, force_terminal=False)
    with console.capture() as capture:
        print_verdict(verdict, console)
    return capture.get()


NO_LINES = PlanLines(read_source("service: shop\n", "plan.yaml"))


def annotated(verdict: Verdict) -> list[str]:
    return re.findall(r"title=([^:]*)", "\n".join(of_verdict(verdict, "plan.yaml", NO_LINES)))


SHAPES: dict[str, Callable[[Verdict], object]] = {
    "JUnit": lambda verdict: shape_of_junit(junit(verdict, "quick")),
    "Markdown": lambda verdict: shape_of_markdown(summary(verdict, "quick", "shop")),
    "terminal": lambda verdict: nonsense(printed(verdict)),
    "annotations": annotated,
}


def every(runs: dict[str, RunDirectory]) -> Iterator[Verdict]:
    yield from verdicts.EVERY.values()
    for run in runs.values():
        verdict, _ = read_verdict(run)
        assert verdict is not None
        yield verdict


@pytest.mark.parametrize("name", SHAPES)
def test_a_verdict_in_other_words_gives_a_text_of_the_same_shape(
    name: str, runs: dict[str, RunDirectory]
) -> None:
    for verdict in every(runs):
        assert SHAPES[name](reworded(verdict)) == SHAPES[name](verdict)


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_a_verdict_in_other_words_gives_the_same_page_but_for_its_words(
    outcome: str, runs: dict[str, RunDirectory]
) -> None:
    run = runs[outcome]
    evidence, (verdict, _) = load_evidence(run), read_verdict(run)
    assert verdict is not None
    pages = [render(compose(run.run, "plan", evidence, each)) for each in (verdict, reworded(verdict))]
    assert verdict.outcome == outcome
    assert Skeleton(pages[0]).tags == Skeleton(pages[1]).tags
