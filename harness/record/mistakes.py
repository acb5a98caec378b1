"""What the load test itself did wrong: never an error of the service."""

from __future__ import annotations

from typing import NamedTuple


class Mistake(NamedTuple):
    """An error that is not the service's; `blame` says whose it is, `where` is `file:line` or a class."""

    blame: str
    kind: str
    where: str
