from dataclasses import replace

from harness.report.text.finding import bounds_text
from tests.report import verdicts


def test_bounds_read_as_a_range_and_a_plain_fact_has_none() -> None:
    assert bounds_text(verdicts.P95) == "170.3 … 172.1 ms"
    assert bounds_text(replace(verdicts.P95, lower=None)) == "≤ 172.1 ms"
    assert bounds_text(replace(verdicts.P95, upper=None)) == "≥ 170.3 ms"
    assert bounds_text(verdicts.LATE) == "–"
