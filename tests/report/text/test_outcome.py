import io

import pytest
from rich.console import Console

from harness.judge.outcome import Outcome
from harness.report.text.outcome import outcome_text


@pytest.mark.parametrize("outcome", Outcome)
def test_an_outcome_is_a_symbol_and_its_word(outcome):
    symbol, _, word = str(outcome_text(outcome, Console(file=io.StringIO()))).partition(" ")
    assert len(symbol) == 1
    assert word == str(outcome)
