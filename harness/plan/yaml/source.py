"""A plan file as values, each with its line; size, depth and aliases are bounded."""

from collections.abc import Callable, Container, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import CollectionEndEvent, CollectionStartEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from harness.plan.criteria.quantity import shown
from harness.plan.yaml.problem import KeyPath, Problem
from harness.plan.yaml.variables import Variables, holds_reference

_MAX_CHARACTERS = 1_000_000
_MAX_VALUES = 20_000
_DEEPEST = 20
_TAG = "tag:yaml.org,2002:"


class SourceError(Exception):
    """A text that is not the YAML of a plan, with what is wrong and on which line."""

    def __init__(self, what: str, line: int | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.line = line


@dataclass
class Source:
    """Plain values, the line of each place, and what was wrong while reading (line, what)."""

    data: Any = None
    lines: dict[KeyPath, int] = field(default_factory=dict)
    problems: list[tuple[int, str]] = field(default_factory=list)
    spans: dict[KeyPath, tuple[int, int]] = field(default_factory=dict)
    """Where each text stands in the file, in characters."""
    typed: dict[KeyPath, Any] = field(default_factory=dict)
    """What YAML makes of a value that came from outside, where that is no text."""
    unset: set[KeyPath] = field(default_factory=set)
    """Where a variable could not be replaced."""
    overridden: dict[KeyPath, str] = field(default_factory=dict)
    """What replaced the value at a place, as it was written."""

    def problem(self, file: str, place: KeyPath, what: str) -> Problem:
        """Return what is wrong at a place, with the line of the file or the option that says it."""
        known = self.known(place)
        for overridden, option in self.overridden.items():
            is_new_parent = known not in self.lines and overridden[: len(known)] == known
            if known[: len(overridden)] == overridden or is_new_parent:
                return Problem(option, None, what)
        return Problem(file, self.line_of(place), what)

    def known(self, place: KeyPath) -> KeyPath:
        """Return the innermost part of a place that there is, without the names of kinds of parts."""
        found: KeyPath = ()
        data = self.data
        for step in place:
            if step in _steps_of(data):
                found, data = (*found, step), data[step]
        return found

    def put(self, place: KeyPath, value: Any) -> None:
        """Replace the value at a place that there is."""
        parent = self.value_at(place[:-1])
        parent[place[-1]] = value

    def value_at(self, place: KeyPath) -> Any:
        """Return the value at a place; None where the file has nothing there."""
        found = self.data
        for step in place:
            if isinstance(found, dict):
                found = found.get(step)
            elif isinstance(found, list) and isinstance(step, int) and step < len(found):
                found = found[step]
            else:
                return None
        return found

    def line_of(self, place: KeyPath) -> int:
        """Return the line of the innermost part of a place that the file has."""
        found: KeyPath = ()
        for step in place:
            if (*found, step) in self.lines:
                found = (*found, step)
        return self.lines.get(found, 1)


def _steps_of(data: Any) -> Container[str | int]:
    if isinstance(data, dict):
        return data.keys()
    return range(len(data)) if isinstance(data, list) else ()


def read_source(
    text: str, variables: Variables | None = None, is_secret: Callable[[KeyPath], bool] = lambda _: False
) -> Source:
    """Read YAML 1.2 without tags or merge keys; raises SourceError if it is not readable at all.

    `variables` are replaced in the values; without them `${NAME}` stays as it is.
    """
    if len(text) > _MAX_CHARACTERS:
        raise SourceError("the file is larger than 1 MB, which no plan needs; is this another file?")
    try:
        _check_bounds(text)
        root = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        line = None if error.problem_mark is None else error.problem_mark.line + 1
        raise SourceError(f"this is not YAML: {_one_line(error)}", line) from None
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise SourceError(
            f"character U+{error.character:04X} is not allowed in a plan; remove it", line
        ) from None
    except YAMLError as error:
        raise SourceError(f"this is not YAML: {shown(error)}") from None
    if root is None:
        raise SourceError("the plan is empty; `harness init` writes one to start from")
    source = Source()
    reader = _Reader(source, variables, is_secret)
    source.data = reader.value(root, ())
    return source


def _one_line(error: MarkedYAMLError) -> str:
    parts = [part for part in (error.context, error.problem) if part]
    return ", ".join(" ".join(str(part).split()) for part in parts)


def _check_bounds(text: str) -> None:
    """Refuse a text that would take too long to read."""
    depth = 0
    for count, event in enumerate(YAML(typ="safe", pure=True).parse(text)):
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > _DEEPEST or count > 2 * _MAX_VALUES:
            line = event.start_mark.line + 1
            raise SourceError(
                f"more than {_DEEPEST} levels or {_MAX_VALUES} values; a plan needs far fewer", line
            )


@dataclass
class _Reader:
    """Turns nodes into plain values and records their lines."""

    source: Source
    variables: Variables | None
    is_secret: Callable[[KeyPath], bool]
    count: int = 0

    def value(self, node: Node, place: KeyPath) -> Any:
        self.count += 1
        line = node.start_mark.line + 1
        self.source.lines.setdefault(place, line)
        # An alias gives the same node again: a few lines can stand for millions of values, or for themselves.
        if self.count > _MAX_VALUES or len(place) > _DEEPEST:
            raise SourceError(
                f"aliases expand this to more than {_MAX_VALUES} values or {_DEEPEST} levels", line
            )
        match node:
            case MappingNode():
                self._check_tag(node, "map")
                return dict(self._pairs(node, place))
            case SequenceNode():
                self._check_tag(node, "seq")
                return [self.value(item, (*place, index)) for index, item in enumerate(node.value)]
            case ScalarNode():
                return self._scalar(node, place)
        raise TypeError(f"a node of a kind YAML does not have: {node!r}")

    def _pairs(self, node: MappingNode, place: KeyPath) -> Iterator[tuple[str, Any]]:
        first: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, ScalarNode):
                self.source.problems.append((line, "a list or mapping cannot be a key; write a word"))
                continue
            key = str(key_node.value)
            if self.variables is not None and holds_reference(key):
                self.source.problems.append((line, "variables are replaced in values, not in keys"))
            if key == "<<":
                self.source.problems.append((line, "merge keys `<<` are not supported; write the keys out"))
            elif key in first:
                self.source.problems.append((line, f"{shown(key)} is already on line {first[key]}; keep one"))
            else:
                first[key] = line
                self.source.lines[*place, key] = line
                yield key, self.value(value_node, (*place, key))

    def _scalar(self, node: ScalarNode, place: KeyPath) -> Any:
        text = str(node.value)
        self.source.spans[place] = (node.start_mark.index, node.end_mark.index)
        if self.variables is not None and holds_reference(text):
            return self._replaced(node, place, self.variables)
        match kind := str(node.tag).removeprefix(_TAG):
            case "null" | "bool" | "int" | "float":
                return _of_kind(text, kind)
        self._check_tag(node, "str", "timestamp")
        return text

    def _replaced(self, node: ScalarNode, place: KeyPath, variables: Variables) -> str:
        text, problems = variables.replace(str(node.value), is_secret=self.is_secret(place))
        self.source.problems += [(node.start_mark.line + 1, problem) for problem in problems]
        if problems:
            self.source.unset.add(place)
        elif node.style is None and (kind := kind_of(text)) != "str":
            self.source.typed[place] = _of_kind(text, kind)
        return text

    def _check_tag(self, node: Node, *kinds: str) -> None:
        if str(node.tag).removeprefix(_TAG) not in kinds:
            what = f"the tag {shown(node.tag)} is not supported; write the value alone"
            self.source.problems.append((node.start_mark.line + 1, what))


def kind_of(text: str) -> str:
    """Return what YAML takes a plain text for: null, bool, int, float, or str."""
    tag = YAML(typ="safe", pure=True).resolver.resolve(ScalarNode, text, (True, False))
    kind = str(tag).removeprefix(_TAG)
    return kind if kind in ("null", "bool", "int", "float") else "str"


def _of_kind(text: str, kind: str) -> Any:
    match kind:
        case "null":
            return None
        case "bool":
            return text.lower() == "true"
        case _:
            return _number(text, kind)


def _number(text: str, kind: str) -> int | float | str:
    """Return the number, or the text where Python reads no finite number in it."""
    with suppress(ValueError):
        return int(text, 0) if kind == "int" else float(text)
    return text
