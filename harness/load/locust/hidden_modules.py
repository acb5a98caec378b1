"""Files beside a locustfile that have the name of a module that others need.

Locust puts the locustfile's folder and the working directory before everything else on the module path, and
keeps each locustfile under its plain name: a `queue.py` there takes the place of Python's own `queue` for the
whole process, whenever that is imported.
"""

from __future__ import annotations

import re
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib import metadata
from importlib.machinery import PathFinder
from pathlib import Path

_SCHEME = ("stdlib", "platstdlib", "purelib", "platlib")
_INSTALLED = {Path(sysconfig.get_path(name)).resolve() for name in _SCHEME}
_DISTRIBUTION = "canary-harness"
_NAME = re.compile(r"[\w.-]+")
# Locust gives its locustfile of this name another one, and no run imports the others.
HARMLESS = frozenset({"locust", "profile", "sched", "test", "trace"})


def hiding_files(folders: Iterable[str | Path]) -> Iterator[Path]:
    """Yield the Python files of these folders that hide a module of Python's or one that the gate needs."""
    own = dict.fromkeys(Path(folder or ".").resolve() for folder in folders)
    elsewhere = [entry for entry in sys.path if Path(entry).resolve() not in own.keys() - _INSTALLED]
    for folder in own:
        if folder in _INSTALLED:
            continue
        for file in sorted(folder.glob("*.py")):
            if file.stem not in HARMLESS and _is_needed(file.stem, elsewhere):
                yield file


def what_hides(folders: Iterable[str | Path]) -> str | None:
    """Return a sentence that names these files and says what to do, None without any."""
    files = [*hiding_files(folders)]
    if not files:
        return None
    shown = ", ".join(_shown(file) for file in files)
    names = ", ".join(f"`{file.stem}`" for file in files)
    one = len(files) == 1
    return (
        f"{shown} {'hides' if one else 'hide'} the installed {'module' if one else 'modules'} {names} "
        f"from the whole process; rename {'it' if one else 'them'}"
    )


def _is_needed(name: str, elsewhere: Sequence[str]) -> bool:
    if name in sys.stdlib_module_names:
        return True
    # Whose module it is takes a quarter of a second to find out, and few names are those of any.
    return PathFinder.find_spec(name, elsewhere) is not None and name in _needed_modules()


@cache
def _needed_modules() -> frozenset[str]:
    """Return the installed modules of the gate's own dependencies, and of theirs.

    What else is installed may well be the shop's own package, and `shop.py` beside it the load test of it.
    """
    needed, unread = set[str](), [_DISTRIBUTION]
    while unread:
        if (name := _normal(unread.pop())) not in needed:
            needed.add(name)
            unread += _requirements(name)
    return frozenset(
        module
        for module, distributions in metadata.packages_distributions().items()
        if any(_normal(distribution) in needed for distribution in distributions)
    )


def _requirements(distribution: str) -> Iterator[str]:
    try:
        lines = metadata.requires(distribution) or []
    except metadata.PackageNotFoundError:
        return
    for line in lines:
        if "extra ==" not in line and (found := _NAME.match(line)):
            yield found.group()


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _shown(file: Path) -> str:
    here = Path.cwd()
    return str(file.relative_to(here) if file.is_relative_to(here) else file)
