"""Files beside a locustfile that have the name of a module that others need.

Locust puts the locustfile's folder and the working directory before everything else on the module path, and
keeps each locustfile under its plain name: a `queue.py` there takes the place of Python's own `queue` for the
whole process, whenever that is imported.
"""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterable, Iterator
from importlib.machinery import PathFinder
from pathlib import Path

_SCHEME = ("stdlib", "platstdlib", "purelib", "platlib")
_INSTALLED = {Path(sysconfig.get_path(name)).resolve() for name in _SCHEME}
# Locust gives its locustfile of this name another one, and nobody imports Python's own tests.
_HARMLESS = {"locust", "test"}


def hiding_files(folders: Iterable[str | Path]) -> Iterator[Path]:
    """Yield the Python files of these folders that hide a module of Python's or an installed one."""
    for folder in dict.fromkeys(Path(folder or ".").resolve() for folder in folders):
        if folder in _INSTALLED:
            continue
        for file in sorted(folder.glob("*.py")):
            if file.stem not in _HARMLESS and _is_installed(file.stem):
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


def _is_installed(name: str) -> bool:
    return name in sys.stdlib_module_names or PathFinder.find_spec(name, [*map(str, _INSTALLED)]) is not None


def _shown(file: Path) -> str:
    here = Path.cwd()
    return str(file.relative_to(here) if file.is_relative_to(here) else file)
