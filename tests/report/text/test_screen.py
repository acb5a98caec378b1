import io
import json

import pytest
from rich.table import Table
from rich.text import Text

from harness.report.text.screen import screen, screen_json, screen_text

HOSTILE = "\x1b]0;owned\x07[red]a[/red]\u202eb\x9b31m\u2028\ud800"


def _table(text):
    table = Table()
    table.add_column()
    table.add_row(text)
    return table


@pytest.mark.parametrize("make", [str, Text, _table], ids=["text", "Text", "table"])
def test_a_console_prints_markup_as_it_is_and_nothing_that_acts(make):
    console = screen()
    console.file = io.StringIO()
    console.print(make(HOSTILE), soft_wrap=True)
    printed = console.file.getvalue()
    assert "[red]a[/red]" in printed
    assert not set("\x1b\x07\x9b\u202e\u2028\ud800") & set(printed)


def test_a_text_keeps_its_lines_and_is_bounded():
    assert screen_text(f"a\nb{HOSTILE[0]}") == "a\nb\N{REPLACEMENT CHARACTER}"
    assert len(screen_text("x" * 1_000_000)) < 30_000


def test_json_says_the_same_in_characters_that_may_be_printed():
    document = {"reason": f"{HOSTILE}\U000e0041 µ"}
    printed = screen_json(json.dumps(document, ensure_ascii=False))
    assert json.loads(printed) == document
    assert "µ" in printed
    assert not set("\x9b\u202e\u2028\ud800\U000e0041") & set(printed)
