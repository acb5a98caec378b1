"""In which of its two forms the request path is installed."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TypeVar

_Class = TypeVar("_Class", bound=type)


def form() -> str:
    """Return `compiled` where its modules are C extensions of the same source, else `pure Python`."""
    spec = find_spec("harness.load.arrival")
    return "pure Python" if spec is None or str(spec.origin).endswith(".py") else "compiled"


def open_to_users(cls: _Class) -> _Class:
    """Keep a class an ordinary one in both forms: tasks may set attributes of their own, and subclass it.

    The compiler makes a class closed, unless it has a decorator that it does not know. Methods are compiled
    all the same.
    """
    return cls
