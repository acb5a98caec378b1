"""The judge's error rates, measured on simulated stages.

The ordinary run takes few stages of some cases. With HARNESS_ACCEPTANCE=full it takes all of them (more
than an hour), with a share such as 0.1 so many of them, and writes the table of required and measured figures
into docs/judge.md.
"""

import os
from pathlib import Path

import pytest

from tests.acceptance.cases import CASES as FIRST_CASES
from tests.acceptance.more_cases import MORE_CASES
from tests.acceptance.trial import repeated, workers

CASES = (*FIRST_CASES, *MORE_CASES)
ASKED = os.environ.get("HARNESS_ACCEPTANCE", "")
PART = 1.0 if ASKED == "full" else float(ASKED or 0)
LEAST = 5
"""Stages of each trial, whatever part of them is run."""
RUN = [case for case in CASES if PART or case.few]
PAGE = Path(__file__).parents[2] / "docs" / "judge.md"
BEGIN, END = "<!-- acceptance table: written by `make acceptance` -->", "<!-- end of acceptance table -->"
HEAD = ("| test | stages | case | required | measured |", "|---|---|---|---|---|")


@pytest.fixture(scope="module")
def pool():
    with workers() as pool:
        yield pool


@pytest.fixture(scope="module")
def measured():
    """What was measured, by case; at the end of a full run it goes into the page, other rows stay."""
    rows: dict[str, str] = {}
    yield rows
    if PART:
        page = PAGE.read_text(encoding="utf-8")
        before, rest = page.split(BEGIN)
        old, after = rest.split(END)
        PAGE.write_text(f"{before}{BEGIN}\n{table(old, rows)}{END}{after}", encoding="utf-8")


def table(old, rows):
    known = {line.split(" | ")[2]: line for line in old.splitlines() if line.startswith("| ")} | rows
    lines = [known[case.what] for case in CASES if case.what in known]
    return "\n".join([*HEAD, *lines, ""])


@pytest.mark.parametrize("case", RUN, ids=[f"{case.number}: {case.what}" for case in RUN])
def test_the_measured_figure_keeps_the_required_one(case, pool, measured):
    times = max(round(case.full * PART), LEAST) if PART else case.few
    trials = [each for trial in case.trials for each in repeated(trial, times)]
    figure, holds = case.check(list(pool.map(case.run, trials, chunksize=2)))
    row = (case.number, f"{len(trials)}", case.what, case.required, figure)
    measured[case.what] = f"| {' | '.join(row)} |"
    assert holds, f"required {case.required}, measured {figure}"


def test_a_partial_run_keeps_the_rows_it_did_not_measure():
    first, second = CASES[0].what, CASES[1].what
    old = table("", {first: f"| 1 | 10 | {first} | a | b |", second: f"| 2 | 10 | {second} | a | b |"})
    new = table(old, {second: f"| 2 | 20 | {second} | a | c |"})
    assert f"| 1 | 10 | {first} | a | b |" in new
    assert f"| 2 | 20 | {second} | a | c |" in new
    assert len(new.splitlines()) == 4
