"""Imports go one way; heavy libraries stay where they belong."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "harness"
MODULES = sorted(PACKAGE.rglob("*.py"))

ALLOWED = {
    "plan": {"plan"},
    "record": {"record", "plan"},
    "judge": {"judge", "plan", "record"},
    "load": {"load", "plan", "record"},
    "rollout": {"rollout", "plan", "record", "judge", "load"},
    "report": {"report", "plan", "record", "judge"},
    "demo": {"demo", "plan"},
    "live": {"live", "plan", "record", "judge", "load", "rollout", "report"},
    "ci": {"ci", "plan", "record", "judge", "rollout", "report", "exit_code"},
    "serve": {"serve", "ci", "plan", "judge", "report", "exit_code"},
}
HOMES = {
    "locust": {"load", "plugin", "conductor", "workers"},
    "gevent": {"load", "plugin", "conductor", "workers", "rollout", "gate", "live"},
    "flask": {"live"},
    "hdrh": {"record"},
    "matplotlib": {"report"},
    "jinja2": {"report"},
}
NO_IO = {"os", "io", "time", "pathlib", "socket", "subprocess", "datetime", "random", "logging"}


def layer(path):
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imports(path, top_level=False):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body if top_level else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""


@pytest.mark.parametrize("path", [m for m in MODULES if layer(m) in ALLOWED], ids=str)
def test_a_layer_imports_only_layers_below_it(path):
    inner = {name.split(".")[1] for name in imports(path) if name.startswith("harness.")}
    assert inner <= ALLOWED[layer(path)]


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_heavy_libraries_are_imported_only_where_they_belong(path):
    for name in {name.split(".")[0] for name in imports(path)} & set(HOMES):
        assert layer(path) in HOMES[name], f"{name} in {path}"


@pytest.mark.parametrize("path", [m for m in MODULES if layer(m) == "judge"], ids=str)
def test_the_judge_has_neither_files_nor_clocks(path):
    assert not {name.split(".")[0] for name in imports(path)} & NO_IO


@pytest.mark.parametrize("path", [m for m in MODULES if layer(m) == "report"], ids=str)
def test_plots_and_templates_are_loaded_only_when_a_page_is_written(path):
    assert not {name.split(".")[0] for name in imports(path, top_level=True)} & {"matplotlib", "jinja2"}


def test_importing_the_package_does_not_import_locust():
    code = (
        "import harness, harness.cli.main, sys; sys.exit('locust' in sys.modules or 'gevent' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_a_module_stays_small_enough_to_hold_in_the_head(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300
