"""The source of the product, read once by the tests that are about it."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "harness"
MODULES = sorted(PACKAGE.rglob("*.py"))


@cache
def tree_of(path):
    """Return the parsed module; nobody changes it."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def nodes_of(path):
    """Return every node of a module."""
    return tuple(ast.walk(tree_of(path)))


@cache
def name_of(path):
    """Return the names by which a module is imported, the package's first."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[:-1] if parts[-1] == "__init__" else parts
