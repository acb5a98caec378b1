"""Imports go one way, between layers and inside every folder; heavy libraries stay where they belong."""

import ast
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "harness"
MODULES = sorted(PACKAGE.rglob("*.py"))

ALLOWED = {
    "process": set(),
    "client": {"plan"},
    "plan": set(),
    "record": {"process", "plan"},
    "judge": {"plan", "record"},
    "load": {"process", "plan", "record", "client"},
    "observe": {"process", "plan", "record", "client"},
    "rollout": {"process", "plan", "record", "judge", "load", "client"},
    "report": {"plan", "record", "judge"},
    "demo": {"process", "plan"},
    "live": {"process", "plan", "record", "judge", "report"},
    "notify": {"process", "plan", "record", "judge", "rollout", "report"},
    "app": {
        "client",
        "starter",
        "notify",
        "process",
        "plan",
        "record",
        "judge",
        "load",
        "observe",
        "rollout",
        "report",
        "live",
    },
    "ci": {"process", "plan", "record", "judge", "rollout", "report", "app"},
    "serve": {"ci", "process", "plan", "record", "judge", "rollout", "report", "app"},
}
ALLOWED |= {"locust_plugin": {*ALLOWED} - {"demo", "ci", "serve"}, "cli": {*ALLOWED, "starter"}}
HOMES = {
    "locust": {"load", "locust_plugin"},
    "gevent": {"load", "locust_plugin", "live"},
    "flask": {"live"},
    "hdrh": {"record"},
    "jinja2": {"report"},
}
NO_IO = {"os", "io", "time", "pathlib", "socket", "subprocess", "datetime", "random", "logging"}
# Tests of no single module: of whole runs, of pages and scripts, of the project itself.
OF_THE_WHOLE = {"acceptance", "benchmarks", "campaign", "docs", "real", "scripts"}
OF_SEVERAL_MODULES = {
    "app/test_hostile_run.py",
    "ci/test_scripts.py",
    "ci/test_steps.py",
    "ci/test_templates.py",
    "cli/test_start_up.py",
    "demo/test_real.py",
    "live/test_in_browser.py",
    "live/test_real.py",
    "notify/test_receivers.py",
    "load/test_real_servers.py",
    "plan/test_plans.py",
    "plan/test_reference.py",
    "report/test_example.py",
    "report/test_in_browser.py",
    "report/test_rewording.py",
    "test_dead_code.py",
    "test_layers.py",
    "test_loaded.py",
    "test_second_try.py",
}
MAX_FILES = 16
MAX_FLOORS = 10


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


def named(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[:-1] if parts[-1] == "__init__" else parts


def imported_modules(path):
    """Yield the modules of ours that a module imports, as tuples of names."""
    known = {named(module) for module in MODULES}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (parts for alias in node.names if (parts := tuple(alias.name.split("."))) in known)
        elif isinstance(node, ast.ImportFrom):
            module = tuple((node.module or "").split("."))
            for alias in node.names:
                inner = (*module, alias.name)
                yield from (inner,) if inner in known else (module,) if module in known else ()


ARROWS = {named(path): frozenset(imported_modules(path)) - {named(path)} for path in MODULES}


def rooms(folder):
    """Return what lies side by side in a folder, and which of them import which."""
    depth = len(folder)
    arrows = defaultdict(set)
    for module, wanted in ARROWS.items():
        if module[:depth] == folder and len(module) > depth:
            room = arrows[module[depth]]
            room.update(
                one[depth]
                for one in wanted
                if one[:depth] == folder and len(one) > depth and one[depth] != module[depth]
            )
    return dict(arrows)


def floors(arrows):
    """Return the floor of every room, from 1; a circle is an AssertionError that names it."""
    found = {}

    def floor(room, above):
        assert room not in above, f"circle: {' > '.join([*above, room])}"
        if room not in found:
            found[room] = 1 + max((floor(one, (*above, room)) for one in arrows.get(room, ())), default=0)
        return found[room]

    for room in sorted(arrows):
        floor(room, ())
    return found


FOLDERS = sorted({path.parent for path in MODULES})


@pytest.mark.parametrize("path", [m for m in MODULES if layer(m) in ALLOWED], ids=str)
def test_a_layer_imports_only_layers_below_it(path):
    inner = {parts[1] for parts in ARROWS[named(path)] if len(parts) > 1}
    assert inner <= ALLOWED[layer(path)] | {layer(path)}


def test_every_folder_is_a_layer_with_its_place():
    assert {layer(path) for path in MODULES if path.parent != PACKAGE} == {*ALLOWED, "starter"}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_inside_a_folder_go_one_way_over_few_floors(folder):
    found = floors(rooms(folder.relative_to(ROOT).parts))
    print(f"{folder.relative_to(ROOT)}: {max(found.values(), default=0)} floors, no circle")
    assert max(found.values(), default=0) <= MAX_FLOORS


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_folder_shows_its_idea_at_a_glance(folder):
    files = [path.name for path in folder.glob("*.py")]
    print(f"{folder.relative_to(ROOT)}: {len(files)} files side by side")
    assert len(files) <= MAX_FILES


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_heavy_libraries_are_imported_only_where_they_belong(path):
    for name in {name.split(".")[0] for name in imports(path)} & set(HOMES):
        assert layer(path) in HOMES[name], f"{name} in {path}"


@pytest.mark.parametrize("path", [m for m in MODULES if layer(m) == "judge"], ids=str)
def test_the_judge_has_neither_files_nor_clocks(path):
    assert not {name.split(".")[0] for name in imports(path)} & NO_IO


@pytest.mark.parametrize("path", [m for m in MODULES if layer(m) == "report"], ids=str)
def test_templates_are_loaded_only_when_a_page_is_written(path):
    assert not {name.split(".")[0] for name in imports(path, top_level=True)} & {"jinja2"}


def test_importing_the_package_does_not_import_locust():
    code = (
        "import harness, harness.cli.main, sys; sys.exit('locust' in sys.modules or 'gevent' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_help_of_the_command_waits_for_no_heavy_library():
    heavy = {"numpy", "scipy", "pydantic", "httpx", "rich"}
    code = f"import harness.cli.main, sys; sys.exit(bool({heavy} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_a_module_stays_small_enough_to_hold_in_the_head(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


def subjects_of(test):
    """Return the modules a test may be about by its name: `test_b_more.py` is about `b_more` or `b`."""
    words = test.stem.split("_")[1:]
    folder = PACKAGE / test.relative_to(ROOT / "tests").parent
    stems = [folder / "_".join(words[:number]) for number in range(1, len(words) + 1)]
    return [stem for stem in stems if stem.with_suffix(".py").exists() or (stem / "__init__.py").exists()]


def test_the_test_of_a_module_is_found_by_its_name():
    tests = {path.relative_to(ROOT / "tests"): path for path in (ROOT / "tests").rglob("test_*.py")}
    lost = {
        str(name)
        for name, path in tests.items()
        if name.parts[0] not in OF_THE_WHOLE and not subjects_of(path)
    }
    assert lost == OF_SEVERAL_MODULES, "the test of harness/a/b.py is tests/a/test_b.py"
