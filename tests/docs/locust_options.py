"""The table of docs/reference/locust-options.md; `python -m tests.docs.locust_options` writes it."""

from pathlib import Path

from harness.locust_plugin.command_line.locust_options import RULES

PAGE = Path(__file__).parents[2] / "docs/reference/locust-options.md"
BEGIN, END = "<!-- written by `python -m tests.docs.locust_options` -->\n", "<!-- end -->"
_NAMES = {
    "num_users": "users",
    "list_commands": "list",
    "csv_prefix": "csv",
    "stats_history_enabled": "csv-full-history",
    "html_file": "html",
    "user_classes": "user classes",
}


def table():
    """Return a row for each option, in the order of the code."""
    rows = [f"| {_name(key)} | {rule.effect} | {rule.words} |\n" for key, rule in RULES.items()]
    return "".join(["| option | effect | |\n|---|---|---|\n", *rows])


def written(page):
    """Return the page with its table made anew."""
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}{table()}{END}{tail}"


def _name(key):
    name = _NAMES.get(key, key.replace("_", "-"))
    return name if " " in name else f"`--{name}`"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
