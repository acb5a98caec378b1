"""The file or folder of the users that a plan runs with."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from harness.app.users.locust_conf import LOCUST_CONF, value_of

LOADTESTS: Final = Path("loadtests")
_VARIABLE: Final = "LOCUST_LOCUSTFILE"
_MAX_FILES: Final = 1000


def is_named(plan: Path) -> bool:
    """Whether `locust` finds the users itself: by its variable, or by `locust.conf` for a plan of here."""
    return _VARIABLE in os.environ or (_is_of_here(plan) and LOCUST_CONF.exists())


def users_of(plan: Path) -> Path | None:
    """Return where the users of a plan are; None where there are none, or `locust` alone can tell.

    A plan of another folder comes with its own; for one below this folder `locust.conf` may name them.
    """
    if named := os.environ.get(_VARIABLE):
        return Path(named)
    if _is_of_here(plan):
        if LOCUST_CONF.exists():
            configured = value_of("locustfile")
            return Path(configured) if configured else None
        if LOADTESTS.is_dir():
            return LOADTESTS
    return _beside(plan)


def files_of(users: Path) -> Iterator[Path]:
    """Yield the Python files of a locustfile or of a folder of them, as far as `locust` looks into it.

    Only regular files; a folder that cannot be read has none.
    """
    if users.is_file():
        yield users
    else:
        yield from sorted(_python_files_below(users))[:_MAX_FILES]


def _python_files_below(folder: Path) -> Iterator[Path]:
    # Others may write to the folder, such as `/tmp`: what vanishes while it is read is not part of it.
    for parent, _, names in os.walk(folder):
        yield from (file for name in names if name.endswith(".py") and (file := Path(parent, name)).is_file())


def _is_of_here(plan: Path) -> bool:
    return plan.resolve().is_relative_to(Path.cwd())


def _beside(plan: Path) -> Path | None:
    """Return the folder of the users that a plan was written for: its own, or the one above `plans/`."""
    folder = plan.resolve().parent
    for near in (folder, folder.parent) if folder.name == "plans" else (folder,):
        if any(near.glob("*.py")):
            return near
    return None
