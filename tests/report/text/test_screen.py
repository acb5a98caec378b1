import io

import pytest
from rich.table import Table
from rich.text import Text

from harness.report.text.screen import screen

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


def test_what_goes_into_a_pipe_is_not_wrapped(capsys):
    screen().print(Text("word " * 100))
    assert len(capsys.readouterr().out.splitlines()) == 1
