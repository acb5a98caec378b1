from collections.abc import Callable
from pathlib import Path
from shutil import copytree
from xml.etree import ElementTree as ET

import pytest

from harness.record.run_directory import RunDirectory
from harness.report import write_report
from tests.report.outline import outline


@pytest.fixture
def copied(runs: dict[str, RunDirectory], tmp_path: Path) -> Callable[[str], RunDirectory]:
    """Copy a run, so that a test may damage it."""
    return lambda name: RunDirectory.open(copytree(runs[name].path, tmp_path / name))


@pytest.mark.parametrize("outcome", ["pass", "fail", "inconclusive", "invalid"])
def test_every_outcome_is_said_in_a_word_on_the_page_in_the_summary_and_in_junit(
    copied: Callable[[str], RunDirectory], outcome: str
) -> None:
    run = copied(outcome)
    paths = write_report(run)
    assert [path.name for path in paths] == ["report.html", "summary.md", "junit.xml"]
    page, summary, junit = (path.read_text("utf-8") for path in paths)
    assert (
        f"# {'✓?!✕'[['pass', 'inconclusive', 'invalid', 'fail'].index(outcome)]}{outcome.capitalize()}"
        in outline(page)
    )
    assert outcome.capitalize() in summary.splitlines()[0]
    root = ET.fromstring(junit.encode())
    assert (
        (root.get("failures"), root.get("errors")) == ("0", "0")
        if outcome == "pass"
        else int(root.get("tests", 0)) > 0
    )


def test_writing_the_report_twice_gives_the_same_bytes(copied: Callable[[str], RunDirectory]) -> None:
    run = copied("fail")
    first = [path.read_bytes() for path in write_report(run)]
    assert [path.read_bytes() for path in write_report(run)] == first


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "was not judged"),
        ('{"schema": 1, "outcome": "pa', "cannot be read"),
        ('{"schema": 99}', "schema 99"),
        ("[]", "not a JSON object"),
    ],
)
def test_without_a_readable_verdict_the_page_says_so_and_judges_nothing(
    copied: Callable[[str], RunDirectory], text: str | None, said: str
) -> None:
    run = copied("pass")
    (run.path / "verdict.json").unlink() if text is None else (run.path / "verdict.json").write_text(text)
    page, summary, junit = (path.read_text("utf-8") for path in write_report(run))
    shown = outline(page)
    assert "# !Invalid" in shown
    assert "Nothing was judged." in shown
    assert said in shown
    assert "Response time over time" in shown  # what was recorded is there all the same
    assert "Invalid" in summary
    assert ET.fromstring(junit.encode()).get("errors") == "1"
    if text is not None:
        assert (run.path / "verdict.json").read_text() == text


def test_a_killed_run_shows_what_there_is_and_names_what_could_not_be_read(
    copied: Callable[[str], RunDirectory],
) -> None:
    run = copied("fail")
    (run.path / "verdict.json").unlink()
    log = run.stage_hlog_path(1, "canary-50")
    log.write_bytes(log.read_bytes()[:-1000])
    events = run.path / "events.jsonl"
    kept = [
        line for line in events.read_text().splitlines() if '"canary-50"' not in line or "started" in line
    ]
    events.write_text("\n".join(kept) + '\n{"t_s": 12, "ev')
    shown = outline(write_report(run)[0].read_text("utf-8"))
    assert "Parts of the record could not be read." in shown
    assert "events.jsonl" in shown
    assert "02-canary-50.hlog" in shown
    assert "## canary-50" in shown


def test_a_run_that_was_killed_before_its_first_stage_has_a_page(
    copied: Callable[[str], RunDirectory],
) -> None:
    run = copied("pass")
    for path in (run.path / "stages").iterdir():
        path.unlink()
    for name in ("verdict.json", "events.jsonl", "probes.jsonl", "plan.yaml"):
        (run.path / name).unlink()
    shown = outline(write_report(run)[0].read_text("utf-8"))
    assert "not run" in shown
    assert "plan.yaml cannot be read" in shown
