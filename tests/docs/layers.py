"""The table of layers in docs/contributing/architecture.md; `python -m tests.docs.layers` writes it."""

import ast
from pathlib import Path

from tests.source import PACKAGE
from tests.test_layers import ALLOWED, floors

PAGE = Path(__file__).parents[2] / "docs/contributing/architecture.md"
_FLOORS = floors(ALLOWED)
ORDER = sorted(ALLOWED, key=lambda name: (_FLOORS[name], name))
BEGIN, END = "<!-- layers: written by `python -m tests.docs.layers` -->\n", "<!-- end of layers -->"


def table():
    """Return a row for each layer, the lowest first: what it is, and what it may import."""
    rows = [f"| `{name}/` | {_idea(name)} | {_allowed(name)} |\n" for name in ORDER]
    return "".join(["| layer | what it is | imports |\n|---|---|---|\n", *rows])


def written(page):
    """Return the page with its table made anew."""
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}{table()}{END}{tail}"


def _idea(name):
    text = (PACKAGE / name / "__init__.py").read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0].rstrip(".")


def _allowed(name):
    return ", ".join(one for one in ORDER if one in ALLOWED[name]) or "nothing of ours"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
