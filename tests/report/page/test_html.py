import re
from itertools import pairwise
from pathlib import Path

import pytest

from harness.record.run_directory import RunDirectory
from harness.report import write_report
from tests.report import simulator
from tests.report.outline import Outline, outline


@pytest.fixture(scope="module")
def page(runs: dict[str, RunDirectory]) -> str:
    return write_report(runs["fail"])[0].read_text("utf-8")


def test_the_page_loads_nothing_from_anywhere(page: str) -> None:
    loads = re.findall(r'(?:src|href|action|data|xlink:href)\s*=\s*"([^"]*)"', page)
    assert [url for url in loads if not url.startswith(("#", "data:,"))] == []
    assert "@import" not in page
    assert all(url.startswith("#") for url in re.findall(r"url\(([^)]*)\)", page))


def test_the_page_needs_no_script_and_forbids_any(page: str) -> None:
    assert "<script" not in page
    assert "default-src 'none'" in page
    assert not re.search(r"\son[a-z]+=", page)


def test_the_page_holds_no_path_of_this_machine_and_no_clock_time_of_the_rendering(page: str) -> None:
    assert str(Path.cwd()) not in page
    assert re.findall(r"20\d\d-\d\d-\d\d", page) == ["2026-01-08"]


def test_every_id_is_unique_and_every_link_leads_somewhere(page: str) -> None:
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    targets = re.findall(
        r'href="#([^"]+)"|url\(#([^)]+)\)|aria-(?:labelledby|describedby)="([^"]+)"|for="([^"]+)"', page
    )
    assert {target for found in targets for target in found if target} <= set(ids)


def test_every_picture_and_field_has_a_name(page: str) -> None:
    for svg in re.findall(r"<svg[^>]*>", page):
        assert "aria-label" in svg
    for field in re.findall(r'<textarea id="([^"]+)"', page):
        assert f'for="{field}"' in page


def test_headings_go_down_one_step_at_a_time(page: str) -> None:
    levels = [int(level) for level in re.findall(r"<h([1-6])", page)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_the_first_screen_says_outcome_reason_stages_and_what_decided_it_in_this_order(page: str) -> None:
    shown = outline(page)
    order = [
        "# ✕Fail",
        "Stage canary-50 failed",
        "- 25% 1 min 32 s canary-25 ✓pass",
        "## What decided it",
        "## The run",
    ]
    places = [shown.index(part) for part in order]
    assert places == sorted(places)


def test_a_page_stays_small(page: str) -> None:
    assert len(page) < 500_000


def test_hostile_texts_are_shown_and_not_obeyed(hostile: str) -> None:
    assert "<script" not in hostile
    assert "<img" not in hostile
    assert "<b>bold" not in hostile
    assert "<script>alert('x')</script> \"quoted\"" in outline(hostile)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\u202a-\u202e]", hostile)


def test_long_texts_are_cut_and_the_full_text_is_reachable(hostile: str) -> None:
    assert "y" * 5000 in hostile
    summaries = re.findall(r"<summary>(.*?)</summary>", hostile)
    assert summaries
    assert all(len(re.sub(r"<[^>]+>|&[^;]+;", "", text)) <= 700 for text in summaries)


def test_right_to_left_text_is_kept_apart_from_its_surroundings(hostile: str) -> None:
    assert "<bdi>GET /שלום/&lt;b&gt;bold&lt;/b&gt;</bdi>" in hostile


@pytest.mark.parametrize("which", ["page", "hostile"])
def test_every_tag_is_closed_in_the_order_it_was_opened(which: str, request: pytest.FixtureRequest) -> None:
    class Nesting(Outline):
        VOID = frozenset({"meta", "link", "br", "img", "input", "hr"})

        def __init__(self) -> None:
            super().__init__()
            self.open: list[str] = []
            self.wrong: list[str] = []

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag not in self.VOID:
                self.open.append(tag)

        def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            """Nothing was opened."""

        def handle_endtag(self, tag: str) -> None:
            if not self.open or self.open.pop() != tag:
                self.wrong.append(f"{tag} at {self.getpos()}")

    reader = Nesting()
    reader.feed(request.getfixturevalue(which))
    assert (reader.wrong, reader.open) == ([], [])


def test_a_rolled_back_run_says_so_at_once_and_names_each_mark_of_its_picture(
    runs: dict[str, RunDirectory],
) -> None:
    lines = outline(write_report(runs["fail"])[0].read_text("utf-8")).splitlines()
    assert "# ✕Fail, rolled back" in lines
    assert "- 1 Rolled back canary-50" in lines


def test_a_stage_that_a_trigger_ended_lasted_as_long_as_its_windows(tmp_path: Path) -> None:
    run = simulator.simulate(tmp_path, simulator.plan_text(25))
    log = run.stage_hlog_path(0, "canary-25")
    kept = [
        line for line in log.read_text().splitlines() if "Tag=" not in line or float(line.split(",")[1]) < 40
    ]
    log.write_text("\n".join(kept) + "\n")
    lines = outline(write_report(run)[0].read_text("utf-8")).splitlines()

    assert "- 25% 40 s canary-25 ✓pass" in lines


@pytest.mark.parametrize(("outcome", "said"), [("invalid", "nothing about the canary"), ("pass", "")])
def test_what_is_neither_pass_nor_fail_says_what_to_do(
    runs: dict[str, RunDirectory], outcome: str, said: str
) -> None:
    page = write_report(runs[outcome])[0].read_text("utf-8")
    advice = re.findall(r'<p class="advice[^>]*>([^<]*)', page)
    assert (said in advice[0]) if said else advice == []
