"""Imports go one way, between layers and inside every folder; heavy libraries stay where they belong."""

import ast
import subprocess
import sys
from collections import defaultdict
from functools import cache

import pytest

from tests.source import MODULES, PACKAGE, ROOT, name_of, nodes_of, tree_of

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
    """Return the first names of what a module imports."""
    found = set()
    for node in tree_of(path).body if top_level else nodes_of(path):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.add((node.module or "").split(".")[0])
    return found


def imported_modules(path, known):
    """Yield the modules of ours that a module imports, as tuples of names."""
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            yield from (parts for alias in node.names if (parts := tuple(alias.name.split("."))) in known)
        elif isinstance(node, ast.ImportFrom):
            module = tuple((node.module or "").split("."))
            for alias in node.names:
                inner = (*module, alias.name)
                yield from (inner,) if inner in known else (module,) if module in known else ()


@cache
def arrows_between_modules():
    known = {name_of(path) for path in MODULES}
    return {name_of(path): frozenset(imported_modules(path, known)) - {name_of(path)} for path in MODULES}


def rooms(folder):
    """Return what lies side by side in a folder, and which of them import which."""
    depth = len(folder)
    arrows = defaultdict(set)
    for module, wanted in arrows_between_modules().items():
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


def modules_of(*layers):
    return [path for path in MODULES if layer(path) in layers]


def test_a_layer_imports_only_layers_below_it():
    upward = {
        f"{path}: {parts[1]}"
        for path in modules_of(*ALLOWED)
        for parts in arrows_between_modules()[name_of(path)]
        if len(parts) > 1 and parts[1] not in ALLOWED[layer(path)] | {layer(path)}
    }
    assert upward == set()


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


def test_heavy_libraries_are_imported_only_where_they_belong():
    strangers = {
        f"{path}: {name}"
        for path in MODULES
        for name in imports(path) & set(HOMES)
        if layer(path) not in HOMES[name]
    }
    assert strangers == set()


def test_the_judge_has_neither_files_nor_clocks():
    assert {path: found for path in modules_of("judge") if (found := imports(path) & NO_IO)} == {}


def test_templates_are_loaded_only_when_a_page_is_written():
    assert [path for path in modules_of("report") if "jinja2" in imports(path, top_level=True)] == []


def test_importing_the_package_does_not_import_locust():
    code = (
        "import harness, harness.cli.main, sys; sys.exit('locust' in sys.modules or 'gevent' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_help_of_the_command_waits_for_no_heavy_library():
    heavy = {"numpy", "scipy", "pydantic", "httpx", "rich"}
    code = f"import harness.cli.main, sys; sys.exit(bool({heavy} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_module_stays_small_enough_to_hold_in_the_head():
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert {path: number for path, number in lines.items() if number > 300} == {}


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
