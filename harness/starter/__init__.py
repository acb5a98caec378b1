"""The files `harness init` writes: a plan, a user and a locust.conf to start from."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

STARTER = __name__
FILES = {
    "locust.conf": "locust.conf",
    "loadtests/service.py": "service.py.txt",
    "loadtests/plans/canary.yaml": "canary.yaml",
}


class StarterError(Exception):
    """A file exists already; the text says which."""


def write_starter(directory: Path) -> list[Path]:
    """Write the starting files under a directory; raises StarterError rather than replace one."""
    paths = {directory / name: source for name, source in FILES.items()}
    taken = [str(path) for path in paths if path.exists()]
    if taken:
        raise StarterError(f"{', '.join(taken)}: exists already; nothing was written")
    for path, source in paths.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(resources.files(__package__).joinpath(source).read_text("utf-8"), "utf-8")
    return list(paths)
