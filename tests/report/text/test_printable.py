import json

from harness.report.text.printable import printable_json, printable_text

HOSTILE = "\x1b]0;owned\x07[red]a[/red]\u202eb\x9b31m\u2028\ud800"


def test_a_text_keeps_its_lines_and_is_bounded():
    assert printable_text(f"a\nb{HOSTILE[0]}") == "a\nb\N{REPLACEMENT CHARACTER}"
    assert len(printable_text("x" * 1_000_000)) < 30_000


def test_json_says_the_same_in_characters_that_may_be_printed():
    document = {"reason": f"{HOSTILE}\U000e0041 µ"}
    printed = printable_json(json.dumps(document, ensure_ascii=False))
    assert json.loads(printed) == document
    assert "µ" in printed
    assert not set("\x9b\u202e\u2028\ud800\U000e0041") & set(printed)
