"""In which of its two forms the request path is installed."""

from __future__ import annotations

from importlib.util import find_spec


def form() -> str:
    """Return `compiled` where its modules are C extensions of the same source, else `pure Python`."""
    spec = find_spec("harness.load.arrival")
    return "pure Python" if spec is None or str(spec.origin).endswith(".py") else "compiled"
