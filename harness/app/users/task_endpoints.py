"""The endpoints that tasks can send to, read from their source: nothing of it is run.

A call such as `client.get(path)` names its endpoint by its method and its `name` or path. What is not written
there as a text may be anything, so an endpoint is called missing only when no call could send to it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from harness.load.http.endpoint_name import with_ids_folded

_METHODS: Final = ("get", "post", "put", "patch", "delete", "head", "options", "trace")
_BY_ARGUMENT: Final = ("request", "rest", "rest_")
_UNKNOWN: Final = "\N{REPLACEMENT CHARACTER}"
"""Stands for any text in a name that is put together when a task runs."""


@dataclass(frozen=True)
class TaskEndpoints:
    """Names of endpoints, with `_UNKNOWN` where the source does not say."""

    names: frozenset[str]

    def may_send(self, endpoint: str) -> bool:
        """Whether a call could send to an endpoint; true as well where no call was found."""
        return not self.names or any(_pattern(name).fullmatch(endpoint) for name in self.names)

    @property
    def shown(self) -> tuple[str, ...]:
        """The names for people, sorted."""
        return tuple(sorted(name.replace(_UNKNOWN, "…") for name in self.names))


def task_endpoints(sources: Iterable[str]) -> TaskEndpoints:
    """Return what the calls in Python files can send to; raises SyntaxError."""
    return TaskEndpoints(frozenset(name for source in sources for name in _names_in(ast.parse(source))))


def _names_in(tree: ast.Module) -> Iterator[str]:
    texts = dict(_constants(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield from _name_of(node, node.func, texts)


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(text))):
                yield name, text


def _name_of(call: ast.Call, function: ast.Attribute, texts: dict[str, str]) -> Iterator[str]:
    keywords = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    given = list(call.args)
    if function.attr == "fire" and "name" in keywords:
        # What a client of its own reports to Locust.
        kind = keywords.get("request_type")
        yield f"{_text(kind, texts) if kind else _UNKNOWN} {_text(keywords['name'], texts)}"
        return
    if function.attr in _METHODS:
        method = function.attr.upper()
    elif function.attr in _BY_ARGUMENT and given:
        method = _text(given.pop(0), texts).upper()
    else:
        return
    if "name" in keywords:
        yield f"{method} {_text(keywords['name'], texts)}"
        return
    path = keywords.get("url") or keywords.get("path") or (given[0] if given else None)
    if path is not None and (text := _path(_text(path, texts))) is not None:
        yield f"{method} {text}"


def _path(text: str) -> str | None:
    """Return the path of an address; None for a text that is none, such as the key of a mapping."""
    if text.startswith(("http://", "https://")):
        text = urlsplit(text).path or "/"
    elif not text.startswith(("/", _UNKNOWN)):
        return None
    return with_ids_folded(text)


def _text(node: ast.expr, texts: dict[str, str]) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id=name) | ast.Attribute(attr=name) if name in texts:
            return texts[name]
        case ast.JoinedStr(values=parts):
            return "".join(_text(part, texts) for part in parts)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _text(left, texts) + _text(right, texts)
        case _:
            return _UNKNOWN


def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, name.split(_UNKNOWN))), re.DOTALL)
