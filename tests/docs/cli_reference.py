"""docs/reference/cli.md from the real command; `python -m tests.docs.cli_reference` writes it."""

import inspect
from pathlib import Path

import click

from harness.rollout.exit_code import ExitCode
from tests.commands import VERBS

PAGE = Path(__file__).parents[2] / "docs/reference/cli.md"
MEANINGS = {
    ExitCode.PASS: "pass, or the verb did what it is for",
    ExitCode.FAIL: "fail: the evidence shows that a criterion was broken",
    ExitCode.INCONCLUSIVE: "inconclusive: the evidence is not enough to decide",
    ExitCode.ROLLED_BACK: "rolled back by a trigger",
    ExitCode.INVALID: "invalid: the measurement cannot be trusted, or nothing was judged",
    ExitCode.BAD_USAGE: "bad plan or usage; each problem is a line on stderr",
    ExitCode.INTERRUPTED: "interrupted",
}
HEAD = """\
# Commands

`locust -f loadtests/` runs the plan that `locust.conf` names; `--plan FILE`, `--stage NAME`,
`--time-scale N`, `--set KEY=VALUE` and `HARNESS_PLAN` override it. The `harness` command does the rest:

| exit code | means |
|---|---|
{codes}
`harness --debug VERB …` shows a traceback where an error is otherwise one line.
"""


def page():
    """Return the whole page."""
    verbs = "".join(_verb(name, VERBS[name]) for name in sorted(VERBS))
    codes = "".join(f"| {int(code)} | {means} |\n" for code, means in MEANINGS.items())
    return HEAD.format(codes=codes) + verbs


def _verb(name, command):
    context = click.Context(command, info_name=f"harness {name}")
    usage = " ".join([f"harness {name}", *command.collect_usage_pieces(context)])
    text = _paragraphs(inspect.cleandoc(command.help or ""))
    rows = [
        _row(*parameter.get_help_record(context))
        for parameter in command.params
        if _shown(parameter, context)
    ]
    table = "".join(["| option | does |\n|---|---|\n", *rows, "\n"]) if rows else ""
    more = "Its options, faults and paths: [The embedded service](demo.md).\n\n" if name == "demo" else ""
    return f"\n## `harness {name}`\n\n```text\n{usage}\n```\n\n{text}\n\n{table}{more}".rstrip("\n") + "\n"


def _shown(parameter, context):
    record = parameter.get_help_record(context)
    return bool(record and record[1]) and "--help" not in parameter.opts


def _paragraphs(text):
    kept = [
        f"```console\n{_typed(part)}\n```" if part.startswith("\b") else " ".join(part.split())
        for part in text.split("\n\n")
    ]
    return "\n\n".join(kept)


def _typed(part):
    return "\n".join(f"$ {line}" for line in part.removeprefix("\b").strip().splitlines())


def _row(option, does):
    return f"| `{option}` | {does.replace('|', chr(92) + '|').replace('  ', ' ')} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
