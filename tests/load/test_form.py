"""The form of the request path, and that its source means the same in both."""

import ast
import itertools
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from harness.load import arrival
from harness.load.form import form

ROOT = Path(__file__).parents[2]
COMPILED = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"][
    "hooks"
]["custom"]["compiled"]
SOURCES = {name: (ROOT / f"{name.replace('.', '/')}.py").read_text() for name in COMPILED}
# Whoever calls these may find everything changed when the call returns: other greenlets ran.
SWITCHES = {"switch", "_switch_to_hub", "_pause", "pause", "wake", "waiter", "sleep"}


def test_the_form_is_that_of_the_files():
    assert form() == ("pure Python" if arrival.__file__.endswith(".py") else "compiled")


def test_the_version_names_the_form():
    said = subprocess.run(
        [sys.executable, "-m", "harness", "--version"], capture_output=True, text=True, check=True
    )

    assert said.stdout.rstrip().endswith(f"({form()})")


def functions(source):
    return [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]


def called(node):
    """The bare names of everything that is called, wherever it is defined."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call):
            yield getattr(call.func, "attr", getattr(call.func, "id", ""))


def switching(sources):
    """The names of the functions that may switch, because something they call may."""
    known = set(SWITCHES)
    while True:
        more = {
            function.name
            for source in sources
            for function in functions(source)
            if known & set(called(function))
        }
        if more <= known:
            return known
        known |= more


def of_several_types(source):
    """The attributes of `self` that are declared to hold values of one type or another."""
    return {
        node.target.attr
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Attribute)
        and isinstance(node.annotation, ast.BinOp)
    }


def is_own(node, attributes):
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
        and node.attr in attributes
    )


def events(statements, attributes, switches):
    """What happens, in order: ("set" | "read", attribute) and ("switch", name); a loop happens twice."""
    for statement in statements:
        if isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign):
            parts = [statement.value, *getattr(statement, "targets", [getattr(statement, "target", None)])]
        elif isinstance(statement, ast.While | ast.For):
            head = getattr(statement, "test", getattr(statement, "iter", None))
            parts = [head, *statement.body, head, *statement.body, head, *statement.orelse]
        else:
            parts = list(ast.iter_child_nodes(statement))
        for part in parts:
            if is_own(part, attributes):
                yield ("read" if isinstance(part.ctx, ast.Load) else "set"), part.attr
            elif part is not None:
                yield from events([part], attributes, switches)
        if isinstance(statement, ast.Call) and switches & set(called(statement)):
            yield "switch", ""


def trusted(source, switches):
    """Where a compiler would trust what it knows of an attribute across a switch: function and attribute.

    Either the attribute is set, there is a switch, and it is read; or that happens after a test of it, in
    the branch that the test chose.
    """
    attributes = of_several_types(source)
    for function in functions(source):
        for attribute in attributes:
            known = switched = False
            for what, name in events(function.body, {attribute}, switches):
                known, switched = (known or what == "set"), what == "switch" or (switched and what != "set")
                if what == "read" and known and switched and name == attribute:
                    yield function.name, attribute
            for branch in ast.walk(function):
                if isinstance(branch, ast.If | ast.While) and any(
                    is_own(node, {attribute}) for node in ast.walk(branch.test)
                ):
                    inside = list(events(branch.body, {attribute}, switches))
                    if any(
                        first[0] == "switch" and second[0] == "read"
                        for first, second in itertools.pairwise(inside)
                    ):
                        yield function.name, attribute


def test_nothing_that_is_known_of_an_attribute_is_trusted_across_a_switch():
    switches = switching(SOURCES.values())
    found = {name: sorted(set(trusted(source, switches))) for name, source in SOURCES.items()}

    assert {name: places for name, places in found.items() if places} == {}
    assert {"exchange", "perform", "wait_for_arrival", "_open"} <= switches


ONCE_WRITTEN = """
class Connection:
    def __init__(self):
        self.error: HttpError | None = None
        self._unsent: bytes | None = None

    def exchange(self):
        self.error = None
        while self.error is None:
            self._pause()

    def send(self, data):
        self._unsent = data
        self._pause()
        if self._unsent is not None:
            self._send_rest()

    def rest(self):
        if self._unsent is not None:
            self._wait_until_writable()
            return len(self._unsent)

    def _wait_until_writable(self):
        self._pause()

    def fine(self):
        self.error = None
        rest = self._unsent
        self._pause()
        return rest
"""


def test_the_check_finds_what_was_once_written():
    found = set(trusted(ONCE_WRITTEN, switching([ONCE_WRITTEN])))

    assert found == {("exchange", "error"), ("send", "_unsent"), ("rest", "_unsent")}


@pytest.mark.parametrize("name", COMPILED)
def test_no_number_is_told_by_its_identity(name):
    """Compiled code keeps numbers without objects; each look at one may make another object."""
    compared = [
        (ast.unparse(compare.left), *map(ast.unparse, compare.comparators))
        for compare in ast.walk(ast.parse(SOURCES[name]))
        if isinstance(compare, ast.Compare) and isinstance(compare.ops[0], ast.Is | ast.IsNot)
    ]

    assert not [
        pair for pair in compared if "None" not in pair and any(one.lower().endswith("_s") for one in pair)
    ]


@pytest.mark.parametrize("name", COMPILED)
def test_no_attribute_is_looked_up_by_its_name(name):
    """Compiled objects have no `__dict__`."""
    assert not {"vars", "setattr", "delattr"} & set(called(ast.parse(SOURCES[name])))
