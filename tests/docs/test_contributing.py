"""The pages for contributors name what exists: layers, modules, classes, tests."""

import ast
import builtins
import re
from functools import cache

import pytest

from tests.docs import layers
from tests.docs.pages import PAGES, ROOT, blocks, spans
from tests.source import MODULES, nodes_of
from tests.test_layers import ALLOWED

CONTRIBUTING = [page for page in PAGES if "contributing" in str(page.relative_to(ROOT)).lower()]
_PATH = re.compile(r"(?:harness|tests|docs|loadtests|deploy|scripts|\.ci)/[\w./-]*")
_CLASS = re.compile(r"[A-Z][a-z]+(?:[A-Z][a-z]+)+")
_PATTERNS = {"harness/a/b.py", "tests/a/test_b.py"}


@cache
def defined():
    """Return the name of every class and function of the product."""
    kinds = ast.ClassDef | ast.FunctionDef
    return {node.name for path in MODULES for node in nodes_of(path) if isinstance(node, kinds)}


def test_the_table_of_layers_is_the_one_the_tests_hold():
    page = layers.PAGE.read_text(encoding="utf-8")
    assert page == layers.written(page), "write it anew: python -m tests.docs.layers"


def test_contributing_names_every_layer_from_the_lowest():
    (block,) = [one for one in blocks("") if one.page.name == "CONTRIBUTING.md"]
    named = [name for line in block.text.splitlines() for name in line.partition("  ")[0].split(", ")]
    assert set(named) == set(ALLOWED)
    for place, name in enumerate(named):
        assert ALLOWED[name] - {"starter"} <= set(named[:place]), f"{name} imports a layer that comes later"


@pytest.mark.parametrize("page", CONTRIBUTING, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_path_and_class_on_a_page_exists(page):
    for span in spans(page):
        if _PATH.fullmatch(span):
            assert (ROOT / span).exists() or span in _PATTERNS, f"{page.name}: {span}"
        if _CLASS.fullmatch(span) and page.parent.name != "decisions":
            assert span in defined() or hasattr(builtins, span), f"{page.name}: {span}"


def test_decisions_are_short():
    for page in CONTRIBUTING:
        if page.parent.name == "decisions":
            assert len(page.read_text(encoding="utf-8").splitlines()) <= 40, page.name
