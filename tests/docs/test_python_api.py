"""The public Python API is what its page lists: exported, documented, and all that readers are shown."""

import ast
import json
import re
import subprocess
import sys
import tomllib

import pytest

from tests.docs.pages import ROOT, blocks

PAGE = (ROOT / "docs/reference/python-api.md").read_text(encoding="utf-8")
_SECTION = re.compile(r"^## `(harness[\w.]*)`$(.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE)
LISTED = {
    module: re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE) for module, text in _SECTION.findall(PAGE)
}
SHOWN = {
    **{str(block): block.text for block in blocks("python")},
    **{
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
        for path in [
            *ROOT.glob("loadtests/*.py"),
            *ROOT.glob("scripts/*.py"),
            *ROOT.glob("harness/starter/*.py*"),
        ]
    },
}
# Importing `harness.plugin` makes the process Locust's, so another one does it.
_LOOK = """
import importlib, json, sys
modules = {name: importlib.import_module(name) for name in sys.argv[1:]}
exported = {name: list(module.__all__) for name, module in modules.items()}
undocumented = [
    f"{name}.{one}"
    for name, module in modules.items()
    for one in module.__all__
    if not getattr(module, one).__doc__
]
print(json.dumps({"exported": exported, "undocumented": undocumented}))
"""


@pytest.fixture(scope="module")
def found():
    done = subprocess.run([sys.executable, "-c", _LOOK, *LISTED], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def imports_of_ours(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names if alias.name.startswith("harness"))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("harness"):
            yield from ((node.module, alias.name) for alias in node.names)


def test_the_page_lists_exactly_what_the_public_modules_export(found):
    assert {name: sorted(names) for name, names in LISTED.items()} == {
        name: sorted(names) for name, names in found["exported"].items()
    }


def test_every_public_name_can_be_imported_and_has_a_docstring(found):
    assert LISTED
    assert found["undocumented"] == []


@pytest.mark.parametrize("place", SHOWN)
def test_readers_are_shown_public_names_only(place):
    for module, name in imports_of_ours(SHOWN[place]):
        assert name is None or name in LISTED.get(module, ()), f"{place} imports {module}.{name}"
        assert module in LISTED, f"{place} imports {module}"


def test_the_pytest_plugin_is_registered_under_the_name_on_the_page():
    (name,) = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["pytest11"]
    assert f"a pytest plugin named `{name}`" in PAGE
