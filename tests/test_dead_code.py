"""What the product does not use is deleted, also where a test still uses it."""

import ast
import re
from functools import cache

from tests.source import MODULES, ROOT, nodes_of, tree_of

# What users may import and call, and the names that pages give themselves.
BESIDE = [
    *(ROOT / "docs/reference").glob("*.md"),
    *(ROOT / "harness").rglob("*.html"),
    ROOT / "pyproject.toml",
]
OF_A_PARSER_OR_PYTEST = re.compile(r"on_[a-z_]+|pytest_[a-z_]+|__[a-z_]+__")
# They start a process, or are named on the command line of whoever starts them.
ENTRANCES = {
    "demo/process.py",
    "live/prometheus/dashboard.py",
    "locust_plugin/replay_users.py",
    "plugin.py",
    "process/leash.py",
    "pytest_plugin.py",
}


def words(text):
    return re.findall(r"[A-Za-z_]\w*", text)


def used_in(nodes):
    """Yield every name that nodes refer to, those in strings included, docstrings not."""
    docstrings = set()
    for node in nodes:
        if isinstance(body := getattr(node, "body", None), list):
            docstrings |= {id(each.value) for each in body if isinstance(each, ast.Expr)}
    for node in nodes:
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name):
                yield from words(name)
            case ast.Constant(value=str(text)) if id(node) not in docstrings:
                yield from words(text)


def defined_in(tree):
    """Yield what a module defines to be used by name: neither what it registers nor what a library calls."""
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name) if not is_registered(node):
                yield name
            case ast.ClassDef(name=name, bases=bases, body=body):
                yield name
                if all(isinstance(base, ast.Name) and base.id in ours() for base in bases):
                    methods = [each for each in body if isinstance(each, ast.FunctionDef)]
                    yield from (each.name for each in methods if not is_registered(each))


@cache
def ours():
    """Return the classes whose methods nobody else calls."""
    found = {node.name for path in MODULES for node in nodes_of(path) if isinstance(node, ast.ClassDef)}
    # pydantic calls what validates.
    return found - {"Part"} | {"Protocol", "StrEnum", "Enum"}


def is_registered(function):
    return any(not isinstance(decorator, ast.Name) for decorator in function.decorator_list)


def test_every_function_class_and_method_is_used_by_the_product():
    used = {word for path in BESIDE for word in words(path.read_text(encoding="utf-8"))}
    for path in MODULES:
        used.update(used_in(nodes_of(path)))
    unused = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in MODULES
        for name in defined_in(tree_of(path))
        if name not in used and not OF_A_PARSER_OR_PYTEST.fullmatch(name)
    }
    assert not unused


def test_every_module_is_imported_by_the_product():
    imported = set()
    for path in MODULES:
        for node in nodes_of(path):
            if isinstance(node, ast.ImportFrom):
                imported |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
            elif isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
    alone = {
        str(path.relative_to(ROOT / "harness"))
        for path in MODULES
        if path.stem not in ("__init__", "__main__")
        and ".".join(path.relative_to(ROOT).with_suffix("").parts) not in imported
    }
    assert alone == ENTRANCES
