import re
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.judge.across_runs.comparability import IncomparableError
from harness.record.run_directory import RunDirectory
from harness.report.across_runs.column import column
from harness.report.across_runs.compare import (
    MAX_DRAWN,
    ComparisonError,
    render_comparison,
    write_comparison,
)
from tests.report import simulator
from tests.report.outline import outline

TEXT = simulator.plan_text(25, 50)


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> list[RunDirectory]:
    """Three releases of one service under one load; the last is a quarter slower."""
    root = tmp_path_factory.mktemp("releases")
    faults = [simulator.Fault(), simulator.Fault(slower=1.02), simulator.EXAMPLE_FAULT]
    return [
        simulator.simulate(root, TEXT.replace("20260108", f"{seed}"), f"release-{seed}", fault)
        for seed, fault in enumerate(faults, 1)
    ]


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., RunDirectory]:
    """Make a run whose plan differs in what is replaced."""

    def make(old: str, new: str, **options: object) -> RunDirectory:
        root = tmp_path_factory.mktemp("other")
        assert old in TEXT
        return simulator.simulate(root, TEXT.replace(old, new), "release-x", **options)  # type: ignore[arg-type]

    return make


def test_verdicts_and_measurements_stand_side_by_side_oldest_run_first(
    releases: list[RunDirectory], tmp_path: Path
) -> None:
    page = write_comparison(list(reversed(releases)), tmp_path / "comparison.html").read_text("utf-8")
    shown = outline(page)
    assert "# 3 runs compared" in shown
    assert "| 1 · 2026-01-08 09:00:00 UTC · ✓pass · ✓pass · ✓pass · 20260108T090000Z-release-1" in shown
    assert "| 3 · 2026-01-08 09:00:00 UTC · ✕fail · ✓pass · ✕fail · 20260108T090000Z-release-3" in shown
    assert "not alike" not in shown


def test_a_measurement_lies_within_its_interval(releases: list[RunDirectory]) -> None:
    cell = column(releases[0], 1).cells["canary-25"]
    for measured in (*cell.times_ms.values(), *cell.baseline_ms.values(), cell.error_percent):
        assert measured.observed is not None
        assert measured.lower is not None
        assert measured.upper is not None
        assert measured.lower <= measured.observed <= measured.upper


def test_a_slower_release_shows_in_its_column(releases: list[RunDirectory]) -> None:
    before, after = (column(run, 1).cells["canary-50"].times_ms["p95"] for run in (releases[0], releases[2]))
    assert before.upper is not None
    assert after.lower is not None
    assert before.upper < after.lower


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (
            "service: task-service",
            "service: shop",
            "service: task-service in .*release-1, shop in .*release-x",
        ),
        ("arrival_rate: 1000/s", "arrival_rate: 950/s", "stage canary-25: 25% for 92s at 1000/s"),
        ("duration: 92s", "duration: 100s", "at 1000/s in .*, 25% for 100s at 1000/s"),
        ("name: canary-50", "name: half", "stage canary-50: .* none in"),
        (
            "arrival_rate: 1000/s",
            "arrival_rate: 1000/s\n  arrivals: poisson",
            "arrivals: constant in .*, poisson",
        ),
    ],
)
def test_unlike_runs_are_refused_with_the_reason(
    releases: list[RunDirectory],
    other: Callable[..., RunDirectory],
    tmp_path: Path,
    old: str,
    new: str,
    reason: str,
) -> None:
    with pytest.raises(IncomparableError, match=reason):
        write_comparison([releases[0], other(old, new)], tmp_path / "comparison.html")
    assert not (tmp_path / "comparison.html").exists()


def test_another_mix_of_requests_is_a_reason(
    releases: list[RunDirectory], other: Callable[..., RunDirectory], tmp_path: Path
) -> None:
    mixed = other("seed: 20260108", "seed: 9", endpoints={"GET /tasks": 0.5, "POST /tasks": 0.5})
    with pytest.raises(IncomparableError, match=r"requests to `GET /tasks`: 75% in .*, 50% in"):
        write_comparison([releases[0], mixed], tmp_path / "comparison.html")


def test_force_shows_unlike_runs_and_marks_them(
    releases: list[RunDirectory], other: Callable[..., RunDirectory], tmp_path: Path
) -> None:
    shop = other("service: task-service", "service: shop")
    page = write_comparison([releases[0], shop], tmp_path / "comparison.html", force=True)
    shown = outline(page.read_text("utf-8"))
    assert "These runs are not alike." in shown
    assert "- service: task-service in" in shown


def test_one_run_cannot_be_compared_not_even_with_itself(
    releases: list[RunDirectory], tmp_path: Path
) -> None:
    with pytest.raises(ComparisonError, match="2 to 24 different runs, not 1"):
        write_comparison([releases[0], releases[0]], tmp_path / "comparison.html")


def test_a_run_without_a_verdict_is_shown_as_invalid_with_the_reason(
    other: Callable[..., RunDirectory], releases: list[RunDirectory], tmp_path: Path
) -> None:
    killed = other("seed: 20260108", "seed: 7")
    (killed.path / "verdict.json").unlink()
    shown = outline(write_comparison([releases[0], killed], tmp_path / "comparison.html").read_text("utf-8"))
    assert "!invalid · !invalid" in shown
    assert "was not judged" in shown


def test_only_the_newest_spectra_are_drawn_over_one_another(releases: list[RunDirectory]) -> None:
    many = [column(releases[number % 3], number) for number in range(1, MAX_DRAWN + 3)]
    page = render_comparison(many, [])
    assert f"The newest {MAX_DRAWN} runs." in page
    spectra = re.findall(r'<svg[^>]*aria-labelledby="s1-spectra-title".*?</svg>', page, flags=re.DOTALL)[0]
    assert "run 2<" not in spectra
    assert f"run {MAX_DRAWN + 2}<" in spectra
