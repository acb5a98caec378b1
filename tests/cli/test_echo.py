"""Whatever the verbs print is safe for a terminal, and there is one place that makes it so."""

import ast
import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli.main import main
from harness.report.wording import is_acting

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "reports" / "example"
HOSTILE = "\x1b]0;owned\x07[red]\u202e\x9b31m[/nothing]"
KEPT = {"event", "kind", "schema", "stage", "variant", "outcome", "source", "severity", "level"}
PRINTERS = {"print", "Console"}


def with_hostile_texts(value, key=""):
    """Return a document in which every text that may be any text ends with a hostile one."""
    match value:
        case dict():
            return {name: with_hostile_texts(inner, name) for name, inner in value.items()}
        case list():
            return [with_hostile_texts(inner, key) for inner in value]
        case str() if key not in KEPT:
            return value + HOSTILE
    return value


def spoil(directory):
    for name in ("verdict.json", "events.jsonl", "probes.jsonl"):
        path = directory / name
        lines = [path.read_text()] if name == "verdict.json" else path.read_text().splitlines()
        spoilt = (json.dumps(with_hostile_texts(json.loads(line))) for line in lines)
        path.write_text("\n".join(spoilt) + "\n")
    run = json.loads((directory / "run.json").read_text())
    plan = run.pop("plan")
    (directory / "run.json").write_text(json.dumps({**with_hostile_texts(run), "plan": plan}))
    (directory / "plan.yaml").write_text(f"service: {HOSTILE}\n")


@pytest.fixture
def hostile(tmp_path):
    directory = shutil.copytree(EXAMPLE, tmp_path / "20260108T090000Z-[red]\x1b[31m")
    spoil(directory)
    return directory


@pytest.mark.parametrize(
    "words",
    ["runs", "runs --json", "judge", "judge --json", "golive", "golive --json", "lock"],
)
def test_no_text_of_a_run_directory_reaches_the_terminal_as_it_is(hostile, tmp_path, words):
    verb, *options = words.split()
    where = [str(tmp_path if verb == "runs" else hostile), *options]
    out = ["-o", str(tmp_path / "lock")] if verb == "lock" else []
    result = CliRunner().invoke(main, [verb, *where, *out])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    acting = {char for char in result.output if char != "\n" and is_acting(char)}
    assert not acting, result.output[:500]


def test_a_damaged_plan_is_shown_as_text(tmp_path):
    (tmp_path / "plan.yaml").write_text('service: s\n"[red]\\e[31m": 1\n')
    result = CliRunner().invoke(main, ["check", str(tmp_path / "plan.yaml")])
    assert result.exit_code == 2
    assert "\x1b" not in result.output


@pytest.mark.parametrize(
    "path", sorted((ROOT / "harness").rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT))
)
def test_only_one_place_prints(path):
    if path in (ROOT / "harness/cli/echo.py", ROOT / "harness/report/text/screen.py") or "demo" in path.parts:
        return
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            assert name not in PRINTERS, f"{path}:{node.lineno}"
            assert name not in ("click.echo", "click.secho"), f"{path}:{node.lineno}"
