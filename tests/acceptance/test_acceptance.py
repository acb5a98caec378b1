"""The judge's error rates, measured on simulated stages.

The ordinary run takes few stages of each case. With HARNESS_ACCEPTANCE=full it takes all of them (some
minutes) and writes the table of required and measured figures into docs/judge.md.
"""

import os
from pathlib import Path

import pytest

from tests.acceptance.cases import CASES
from tests.acceptance.trial import repeated, workers

FULL = os.environ.get("HARNESS_ACCEPTANCE") == "full"
PAGE = Path(__file__).parents[2] / "docs" / "judge.md"
BEGIN, END = "<!-- acceptance table: written by `make acceptance` -->", "<!-- end of acceptance table -->"


@pytest.fixture(scope="module")
def pool():
    with workers() as pool:
        yield pool


@pytest.fixture(scope="module")
def table():
    rows = ["| test | stages | case | required | measured |", "|---|---|---|---|---|"]
    yield rows
    if FULL and len(rows) == len(CASES) + 2:
        page = PAGE.read_text(encoding="utf-8")
        before, rest = page.split(BEGIN)
        after = rest.split(END)[1]
        PAGE.write_text(f"{before}{BEGIN}\n" + "\n".join(rows) + f"\n{END}{after}", encoding="utf-8")


@pytest.mark.parametrize("case", CASES, ids=[f"{case.number}: {case.what}" for case in CASES])
def test_the_measured_figure_keeps_the_required_one(case, pool, table):
    trials = [each for trial in case.trials for each in repeated(trial, case.full if FULL else case.few)]
    measured, holds = case.check(list(pool.map(case.run, trials, chunksize=5)))
    table.append(f"| {case.number} | {len(trials)} | {case.what} | {case.required} | {measured} |")
    assert holds, f"required {case.required}, measured {measured}"
