"""The tables of docs/reference/run-directory.md from the records; `python -m tests.docs.record_reference`."""

import dataclasses
import inspect
import typing
from pathlib import Path

from harness.record.events.event import EVENTS, Event
from harness.record.probes import PROBES, Probe
from harness.record.vocabulary import Record

PAGE = Path(__file__).parents[2] / "docs/reference/run-directory.md"
HEAD = "| {} | fields | what |\n|---|---|---|\n"


def page():
    """Return the page with its tables as the records are."""
    text = PAGE.read_text(encoding="utf-8")
    for vocabulary, union in ((EVENTS, Event), (PROBES, Probe)):
        text = _with_table(text, HEAD.format(vocabulary.key), _rows(vocabulary.key, typing.get_args(union)))
    return text


def _with_table(text, head, rows):
    before, _, after = text.partition(head)
    assert after, f"the page has no table that begins with {head!r}"
    _, end, rest = after.partition("\n\n")
    return f"{before}{head}{rows}{end}{rest}"


def _rows(key, classes):
    return "\n".join(_row(key, kind) for kind in classes)


def _row(key, kind):
    fields = [field for field in dataclasses.fields(kind) if field.name != key and _is_own(kind, field)]
    cells = (f"`{_name(key, kind)}`", ", ".join(map(_field, fields)), _sentence(kind))
    return f"| {' | '.join(cells)} |".replace("|  |", "| |")


def _is_own(kind, field):
    return field.name not in Record.__annotations__ or field.name in kind.__annotations__


def _name(key, kind):
    return next(field.default for field in dataclasses.fields(kind) if field.name == key)


def _field(field):
    is_required = field.default is dataclasses.MISSING
    return f"`{field.name}`" if is_required else f"[`{field.name}`]"


def _sentence(kind):
    return " ".join(inspect.getdoc(kind).split())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
